using Google.Protobuf;

namespace Kafscale.Broker.Cluster;

/// <summary>Topic ids between their form in memory and in metadata values.</summary>
internal static class TopicIds
{
    public static ByteString ToBytes(Guid topicId)
    {
        Span<byte> bytes = stackalloc byte[16];
        topicId.TryWriteBytes(bytes, bigEndian: true, out _);
        return ByteString.CopyFrom(bytes);
    }

    public static Guid FromBytes(ByteString bytes) => new(bytes.Span, bigEndian: true);

    /// <summary>A new id; never one that Kafka reserves, and never one that begins with a dash in base64 (KIP-516).</summary>
    public static Guid Create(Random random)
    {
        Span<byte> bytes = stackalloc byte[16];
        do
        {
            random.NextBytes(bytes);

            // A version 4 UUID (RFC 9562).
            bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
            bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        }
        while ((bytes[0] & 0xfc) == 0xf8);

        return new Guid(bytes, bigEndian: true);
    }
}
