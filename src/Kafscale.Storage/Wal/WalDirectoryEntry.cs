using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Wal;

/// <summary>What a WAL object's directory says of one slice.</summary>
public sealed class WalDirectoryEntry
{
    public required Guid TopicId { get; init; }

    public required string TopicName { get; init; }

    public required int Partition { get; init; }

    /// <summary>The leader epoch under which the slice was written.</summary>
    public required int LeaderEpoch { get; init; }

    /// <summary>The first record's offset.</summary>
    public required long BaseOffset { get; init; }

    /// <summary>The last record's offset.</summary>
    public required long LastOffset { get; init; }

    public required int RecordCount { get; init; }

    /// <summary>Where in the object the slice begins, which is a whole <c>.kfs</c> segment.</summary>
    public required long Position { get; init; }

    /// <summary>The slice's bytes, header and footer included.</summary>
    public required int Length { get; init; }

    /// <summary>CRC-32C of the slice's bytes, header and footer included.</summary>
    public required uint Crc { get; init; }

    /// <summary>The greatest max timestamp of the batches, in Unix milliseconds, or -1.</summary>
    public required long MaxTimestampMs { get; init; }

    /// <summary>The batches of idempotent producers, the last five of each, in the order of their offsets.</summary>
    public required IReadOnlyList<WalProducerBatch> ProducerBatches { get; init; }

    /// <summary>Where in the object the slice's record batches begin.</summary>
    public long BatchesPosition => Position + SegmentFormat.HeaderLength;

    /// <summary>The bytes of the slice's record batches.</summary>
    public int BatchesLength => Length - SegmentFormat.HeaderLength - SegmentFormat.FooterLength;
}
