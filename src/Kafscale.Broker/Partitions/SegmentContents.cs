using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Partitions;

/// <summary>Counts up what goes into a segment, and makes sure that it is one run of offsets.</summary>
internal sealed class SegmentContents(TopicPartition partition, long baseOffset)
{
    public long BaseOffset { get; } = baseOffset;

    public long EndOffset { get; private set; } = baseOffset;

    public int RecordCount { get; private set; }

    public long FirstTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    public long MaxTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    /// <summary>Adds the next batches, to the index too.</summary>
    public void Add(in ReadOnlySequence<byte> batches, SparseIndexBuilder index)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out _))
        {
            if (header.BaseOffset != EndOffset)
            {
                throw new InvalidOperationException($"Invariant broken: a batch of {partition} begins at {header.BaseOffset}, not at {EndOffset}.");
            }

            if (RecordCount == 0)
            {
                FirstTimestampMs = header.BaseTimestamp;
            }

            EndOffset = header.NextOffset;
            RecordCount += header.RecordCount;
            MaxTimestampMs = Math.Max(MaxTimestampMs, header.MaxTimestamp);
            index.Add(header);
        }

        if (!reader.Error.IsNone)
        {
            throw new InvalidOperationException($"Invariant broken: {partition} holds bytes at {EndOffset} that are no batches: {reader.Error.Message}");
        }
    }
}
