using System.Buffers.Binary;
using System.IO.Hashing;
using Kafscale.Protocol.Records;

namespace Kafscale.Testing;

/// <summary>Message sets as producers before Kafka 0.11 send them.</summary>
public static class MessageSetBytes
{
    /// <summary>The attribute of a message of magic 1 whose time is the broker's.</summary>
    public const byte LogAppendTime = 8;

    /// <summary>One message; its parts must not fit together, but its checksum does.</summary>
    public static byte[] Message(
        byte magic, byte[]? key, byte[]? value, long timestamp = -1, byte attributes = 0, long offset = 0, int? keyLength = null, int? valueLength = null)
    {
        List<byte> content = [magic, attributes];
        if (magic > 0)
            content.AddRange(BigEndian(timestamp));
        content.AddRange(BigEndian(keyLength ?? key?.Length ?? -1));
        content.AddRange(key ?? []);
        content.AddRange(BigEndian(valueLength ?? value?.Length ?? -1));
        content.AddRange(value ?? []);
        byte[] bytes = [.. content];
        return [.. BigEndian(offset), .. BigEndian(bytes.Length + 4), .. BigEndian((int)Crc32.HashToUInt32(bytes)), .. bytes];
    }

    /// <summary>A message that has a message set, compressed.</summary>
    public static byte[] Wrapper(byte magic, CompressionType type, byte[] messageSet, long timestamp = -1, byte attributes = 0)
    {
        using var compressed = new PooledBuffer();
        CompressionCodec.Compress(type, messageSet, compressed);
        byte[] value = compressed.WrittenSpan.ToArray();
        if (magic == 0 && type == CompressionType.Lz4)
            value[6] = (byte)(XxHash32.HashToUInt32(value.AsSpan(0, 6)) >> 8);
        return Message(magic, null, value, timestamp, (byte)((byte)type | attributes));
    }

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] BigEndian(long value)
    {
        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
