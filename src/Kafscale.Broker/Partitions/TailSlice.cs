using Kafscale.Storage.Caching;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>A committed slice of a partition that is not merged into a segment yet. Immutable.</summary>
internal sealed class TailSlice
{
    public required WalObjectReference WalObject { get; init; }

    /// <summary>Where the record batches begin in the WAL object.</summary>
    public required long BodyPosition { get; init; }

    /// <summary>How many bytes of record batches there are.</summary>
    public required int BodyLength { get; init; }

    public required int LeaderEpoch { get; init; }

    public required long BaseOffset { get; init; }

    /// <summary>Behind the last record.</summary>
    public required long EndOffset { get; init; }

    public required long MaxTimestampMs { get; init; }

    /// <summary>When it was committed, by the writer's clock.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>The idempotent batches in it, at most five a producer.</summary>
    public required IReadOnlyList<WalProducerBatch> ProducerBatches { get; init; }

    /// <summary>Where batches begin within the body, in steps; empty for a slice that this broker did not write.</summary>
    public IReadOnlyList<BatchPosition> BatchPositions { get; init; } = [];

    /// <summary>Where its record batches are.</summary>
    public ObjectRegion Region => new(WalObject.Key, WalObject.Length, BodyPosition, BodyPosition + BodyLength);

    /// <summary>The greatest known start of a batch at or before an offset, relative to the body.</summary>
    public int FindPosition(long offset)
    {
        var low = 0;
        var high = BatchPositions.Count - 1;
        var position = 0;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (BatchPositions[middle].BaseOffset <= offset)
            {
                position = BatchPositions[middle].Position;
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return position;
    }
}
