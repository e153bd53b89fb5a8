using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Partitions;

/// <summary>The bytes of consecutive slices, checked to be one run of offsets, from which a segment is made.</summary>
internal sealed class MergeSource
{
    private readonly List<SegmentPart> _parts = [];
    private readonly SparseIndexBuilder _index = new();
    private readonly TopicPartition _partition;

    /// <summary>Takes slices, whose bytes are used until the input is disposed.</summary>
    /// <exception cref="InvalidOperationException">They are not one run of batches.</exception>
    public MergeSource(TopicPartition partition, IReadOnlyList<TailSlice> slices, MergeInput input)
    {
        _partition = partition;
        Slices = slices;
        EndOffset = slices[0].BaseOffset;
        foreach (var slice in slices)
        {
            Add(input[slice]);
        }
    }

    public IReadOnlyList<TailSlice> Slices { get; }

    public long BaseOffset => Slices[0].BaseOffset;

    /// <summary>Behind the last record.</summary>
    public long EndOffset { get; private set; }

    public int RecordCount { get; private set; }

    public long FirstTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    public long MaxTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    /// <summary>Bytes of batches.</summary>
    public long Length { get; private set; }

    /// <summary>CRC-32C of the batches.</summary>
    public uint Crc { get; private set; }

    public ReadOnlySequence<byte> ToSegment(long createdAtMs) =>
        SegmentWriter.Write(BaseOffset, EndOffset - 1, RecordCount, createdAtMs, [.. _parts]);

    public byte[] ToIndex() => _index.ToArray();

    private void Add(ReadOnlySequence<byte> batches)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out _))
        {
            if (header.BaseOffset != EndOffset)
            {
                throw new InvalidOperationException($"Invariant broken: a batch of {_partition} begins at {header.BaseOffset}, not at {EndOffset}.");
            }

            if (RecordCount == 0)
            {
                FirstTimestampMs = header.BaseTimestamp;
            }

            EndOffset = header.NextOffset;
            RecordCount += header.RecordCount;
            MaxTimestampMs = Math.Max(MaxTimestampMs, header.MaxTimestamp);
            _index.Add(header);
        }

        if (!reader.Error.IsNone)
        {
            throw new InvalidOperationException($"Invariant broken: {_partition} holds bytes at {EndOffset} that are no batches: {reader.Error.Message}");
        }

        var crc = Crc32C.Compute(batches);
        _parts.Add(new SegmentPart(batches, crc));
        Crc = Crc32C.Combine(Crc, crc, batches.Length);
        Length += batches.Length;
    }
}
