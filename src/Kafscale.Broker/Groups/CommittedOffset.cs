using Google.Protobuf;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <summary>A committed offset with what goes with it.</summary>
/// <param name="Offset">The next record that the group wants.</param>
/// <param name="LeaderEpoch">Of the last record that was consumed; -1: not known.</param>
/// <param name="Metadata">Whatever the client wanted to keep with it.</param>
/// <param name="CommittedAtMs">Wall clock.</param>
/// <param name="ExpiresAtMs">Wall clock; null: by the broker's retention.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommittedAtMs, long? ExpiresAtMs = null)
{
    public static CommittedOffset FromRecord(CommittedOffsetRecord record) => new(
        record.Offset,
        record.HasLeaderEpoch ? record.LeaderEpoch : -1,
        record.Metadata,
        record.CommittedAtMs,
        record.HasExpiresAtMs ? record.ExpiresAtMs : null);

    public byte[] ToBytes()
    {
        var record = new CommittedOffsetRecord { Offset = Offset, Metadata = Metadata, CommittedAtMs = CommittedAtMs };
        if (LeaderEpoch >= 0)
        {
            record.LeaderEpoch = LeaderEpoch;
        }

        if (ExpiresAtMs is { } expiresAtMs)
        {
            record.ExpiresAtMs = expiresAtMs;
        }

        return record.ToByteArray();
    }
}
