using System.Buffers.Binary;
using System.Text;

namespace Kafscale.Broker.Groups;

/// <summary>
/// The part of the consumers' embedded protocol that a broker looks at: the topics of a subscription. They come first in
/// every version, so that brokers need not know the versions.
/// </summary>
internal static class ConsumerSubscription
{
    /// <summary>The protocol type of consumers.</summary>
    public const string ProtocolType = "consumer";

    /// <summary>Reads the names of the subscribed topics.</summary>
    /// <returns>False where the bytes are no subscription.</returns>
    public static bool TryReadTopics(ReadOnlySpan<byte> metadata, ISet<string> topics)
    {
        const int versionAndCountBytes = 6;
        if (metadata.Length < versionAndCountBytes)
        {
            return false;
        }

        var count = BinaryPrimitives.ReadInt32BigEndian(metadata[2..]);
        var rest = metadata[versionAndCountBytes..];
        for (var i = 0; i < count; i++)
        {
            if (rest.Length < 2 || BinaryPrimitives.ReadInt16BigEndian(rest) is var length && (length < 0 || length > rest.Length - 2))
            {
                return false;
            }

            topics.Add(Encoding.UTF8.GetString(rest.Slice(2, length)));
            rest = rest[(2 + length)..];
        }

        return count >= 0;
    }
}
