using System.Buffers;

namespace Kafscale.Protocol.Tests.Messages;

/// <summary>Messages to bytes and back.</summary>
internal static class MessageBytes
{
    public static byte[] Write(IMessage message, short version)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        message.Write(ref writer, version);
        writer.Complete();
        return output.WrittenSpan.ToArray();
    }

    public static string WriteHex(IMessage message, short version) => Convert.ToHexStringLower(Write(message, version));

    public static long Read(IMessage message, ReadOnlySequence<byte> input, short version)
    {
        var reader = new MessageReader(input);
        message.Read(ref reader, version);
        return reader.Remaining;
    }

    public static T ReadHex<T>(string hex, short version)
        where T : IMessage, new()
    {
        var message = new T();
        byte[] bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(0, Read(message, new ReadOnlySequence<byte>(bytes), version));
        return message;
    }
}
