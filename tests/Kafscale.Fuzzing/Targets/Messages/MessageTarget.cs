using Kafscale.Fuzzing.Inputs;
using Kafscale.Protocol;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>Messages of the protocol, behind a prefix that says which.</summary>
internal abstract class MessageTarget : FuzzTarget
{
    public override bool IsRefusal(Exception exception) => exception is MalformedMessageException;

    // An element of an array takes a byte at least, and is an object with lists of its own.
    public override long MaxAllocatedBytes(int inputLength) => (64 * 1024) + (512L * inputLength);

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        if (input.Length < PrefixLength || Create(input.Span[..PrefixLength], out short version) is not { } message)
        {
            return null;
        }

        var reader = new MessageReader(SplitInput.Of(input[PrefixLength..]));
        message.Read(ref reader, version);
        return new ReadMessage(input[..PrefixLength].ToArray(), message, version);
    }

    public override byte[] Write(object read) => ((ReadMessage)read).Write();

    /// <summary>A new message of the kind that the prefix names; null where it names none.</summary>
    protected abstract IMessage? Create(ReadOnlySpan<byte> prefix, out short version);

    protected byte[] CreateExample(byte[] prefix, Random random)
    {
        IMessage message = Create(prefix, out short version)!;
        RandomMessage.Fill(message, version, random);
        return new ReadMessage(prefix, message, version).Write();
    }
}
