using System.Buffers.Binary;
using Kafscale.Protocol;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>The requests, or the responses, of every API in every version. The prefix is API key and version, as in a header.</summary>
/// <param name="isResponse">Which of both.</param>
internal sealed class ApiMessageTarget(bool isResponse) : MessageTarget
{
    public override string Name => isResponse ? "responses" : "requests";

    public override int PrefixLength => 2 * sizeof(short);

    protected override IMessage? Create(ReadOnlySpan<byte> prefix, out short version)
    {
        version = BinaryPrimitives.ReadInt16BigEndian(prefix[sizeof(short)..]);
        if (!ApiCatalog.TryGet(BinaryPrimitives.ReadInt16BigEndian(prefix), out ApiDescription? api) || version < api.MinVersion || version > api.MaxVersion)
        {
            return null;
        }

        return isResponse ? ApiCatalog.CreateResponse(api.Key) : ApiCatalog.CreateRequest(api.Key);
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        foreach (ApiDescription api in ApiCatalog.All)
        {
            for (short version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                byte[] prefix = new byte[PrefixLength];
                BinaryPrimitives.WriteInt16BigEndian(prefix, (short)api.Key);
                BinaryPrimitives.WriteInt16BigEndian(prefix.AsSpan(sizeof(short)), version);
                yield return CreateExample(prefix, random);
            }
        }
    }
}
