using Kafscale.Protocol;

namespace Kafscale.Fuzzing.Targets.Messages;

/// <summary>A message and its version.</summary>
/// <param name="Prefix">What of the input says what kind of message it is.</param>
/// <param name="Message">The message.</param>
/// <param name="Version">Its version.</param>
internal sealed record ReadMessage(ReadOnlyMemory<byte> Prefix, IMessage Message, short Version)
{
    /// <summary>Prefix and message as bytes.</summary>
    /// <exception cref="WrongResultException">The message has not the size that it says.</exception>
    public byte[] Write()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>(256);
        var writer = new MessageWriter(output);
        writer.WriteRaw(Prefix.Span);
        Message.Write(ref writer, Version);
        writer.Complete();
        int size = Message.Size(Version);
        return output.WrittenCount - Prefix.Length == size
            ? output.WrittenSpan.ToArray()
            : throw new WrongResultException($"The message says it has {size} bytes, and {output.WrittenCount - Prefix.Length} were written.");
    }
}
