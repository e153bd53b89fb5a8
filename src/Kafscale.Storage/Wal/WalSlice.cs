using System.Buffers;

namespace Kafscale.Storage.Wal;

/// <summary>One partition's part of a flush, as it goes into a WAL object.</summary>
public sealed class WalSlice
{
    public required Guid TopicId { get; init; }

    public required string TopicName { get; init; }

    public required int Partition { get; init; }

    /// <summary>The leader epoch that is stamped into the batches.</summary>
    public required int LeaderEpoch { get; init; }

    /// <summary>The first record's offset.</summary>
    public required long BaseOffset { get; init; }

    /// <summary>How many records the batches have; with the base offset this gives the last offset.</summary>
    public required int RecordCount { get; init; }

    /// <summary>Record batches with their final offsets, back to back. Their memory becomes part of the object's body.</summary>
    public required ReadOnlySequence<byte> Batches { get; init; }

    /// <summary>CRC-32C of <see cref="Batches"/>.</summary>
    public required uint BatchesCrc { get; init; }

    /// <summary>The greatest max timestamp of the batches, in Unix milliseconds, or -1.</summary>
    public required long MaxTimestampMs { get; init; }

    /// <summary>The batches of idempotent producers, the last five of each, in the order of their offsets.</summary>
    public IReadOnlyList<WalProducerBatch> ProducerBatches { get; init; } = [];

    /// <summary>The last record's offset.</summary>
    public long LastOffset => BaseOffset + RecordCount - 1;
}
