using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>The headers before requests and responses. The prefix is 0 for a request and 1 for a response, and the version.</summary>
internal sealed class HeaderTarget : MessageTarget
{
    private const byte Request = 0;
    private const byte Response = 1;

    public override string Name => "headers";

    public override int PrefixLength => 2;

    protected override IMessage? Create(ReadOnlySpan<byte> prefix, out short version)
    {
        version = prefix[1];
        return (prefix[0], prefix[1]) switch
        {
            (Request, 1 or 2) => new RequestHeader(),
            (Response, 0 or 1) => new ResponseHeader(),
            _ => null,
        };
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        for (int i = 0; i < 8; i++)
        {
            yield return CreateExample([Request, 1], random);
            yield return CreateExample([Request, 2], random);
            yield return CreateExample([Response, 0], random);
            yield return CreateExample([Response, 1], random);
        }
    }
}
