using System.Buffers;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>What consumers of the classic protocol put into their requests.</summary>
internal static class ClassicBytes
{
    public static byte[] Of(IMessage message, short version)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(bytes);
        writer.WriteInt16(version);
        message.Write(ref writer, version);
        writer.Complete();
        return bytes.WrittenSpan.ToArray();
    }
}
