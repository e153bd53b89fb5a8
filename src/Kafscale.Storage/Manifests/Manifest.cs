using System.Runtime.CompilerServices;

namespace Kafscale.Storage.Manifests;

/// <summary>One version of the list of a partition's segments, with what else is known up to their end. Immutable.</summary>
public sealed record Manifest
{
    private const int EmptyBytes = 256;
    private const int ProducerBytes = 80;

    public required Guid TopicId { get; init; }

    public required string TopicName { get; init; }

    public required int Partition { get; init; }

    /// <summary>Grows by one with every change; part of the object's key.</summary>
    public required long Version { get; init; }

    /// <summary>The first offset that may be read. May be above <see cref="MergedThroughOffset"/>.</summary>
    public required long LogStartOffset { get; init; }

    /// <summary>Behind the last record that is in a segment; there the WAL takes over.</summary>
    public required long MergedThroughOffset { get; init; }

    /// <summary>In the order of their offsets, without gaps, up to <see cref="MergedThroughOffset"/>.</summary>
    public IReadOnlyList<ManifestSegment> Segments { get; init; } = [];

    /// <summary>Growing epochs with start offsets that do not fall.</summary>
    public IReadOnlyList<LeaderEpochStart> LeaderEpochs { get; init; } = [];

    /// <summary>The idempotent producers as of <see cref="MergedThroughOffset"/>.</summary>
    public IReadOnlyList<ProducerSnapshot> Producers { get; init; } = [];

    /// <summary>Where merging has come to in the WAL; <see langword="null"/> in manifests of before there was such a thing.</summary>
    public MergePoint? MergePoint { get; init; }

    /// <summary>About what the parsed manifest takes in memory.</summary>
    internal long MemoryBytes
    {
        get
        {
            var bytes = EmptyBytes + (Segments.Count * (long)Unsafe.SizeOf<ManifestSegment>()) + (LeaderEpochs.Count * (long)Unsafe.SizeOf<LeaderEpochStart>());
            foreach (var producer in Producers)
                bytes += ProducerBytes + (producer.Batches.Count * (long)Unsafe.SizeOf<ProducerSnapshotBatch>());
            return bytes;
        }
    }

    /// <summary>The segment that has the offset, or <see langword="null"/> where none has.</summary>
    public ManifestSegment? FindSegment(long offset)
    {
        var low = 0;
        var high = Segments.Count - 1;
        while (low <= high)
        {
            var middle = low + ((high - low) / 2);
            var segment = Segments[middle];
            if (offset < segment.BaseOffset)
                high = middle - 1;
            else if (offset >= segment.EndOffset)
                low = middle + 1;
            else
                return segment;
        }

        return null;
    }

    /// <summary>What about the manifest cannot be true, or <see langword="null"/>: checked before it is written and after it is read.</summary>
    internal string? FindContradiction()
    {
        if (Partition < 0 || Version < 0 || LogStartOffset < 0 || MergedThroughOffset < 0)
            return "A partition, version or offset is negative.";
        for (var i = 0; i < Segments.Count; i++)
        {
            var segment = Segments[i];
            if (segment.BaseOffset < 0 || segment.EndOffset <= segment.BaseOffset)
                return $"A segment cannot have the offsets from {segment.BaseOffset} to before {segment.EndOffset}.";
            if (segment.SegmentBytes <= 0 || segment.IndexBytes <= 0 || segment.RecordCount <= 0)
                return $"The segment at offset {segment.BaseOffset} cannot have {segment.SegmentBytes} bytes, {segment.IndexBytes} of index and {segment.RecordCount} records.";
            var nextOffset = i + 1 < Segments.Count ? Segments[i + 1].BaseOffset : MergedThroughOffset;
            if (segment.EndOffset != nextOffset)
                return $"The segment at offset {segment.BaseOffset} ends at {segment.EndOffset}, but what follows begins at {nextOffset}.";
        }

        for (var i = 1; i < LeaderEpochs.Count; i++)
        {
            if (LeaderEpochs[i].Epoch <= LeaderEpochs[i - 1].Epoch || LeaderEpochs[i].StartOffset < LeaderEpochs[i - 1].StartOffset)
                return $"Leader epoch {LeaderEpochs[i].Epoch} at offset {LeaderEpochs[i].StartOffset} is out of order.";
        }

        foreach (var producer in Producers)
        {
            if (producer.Batches.Count > ProducerSnapshot.MaxBatches)
                return $"Producer {producer.ProducerId} has {producer.Batches.Count} batches; at most {ProducerSnapshot.MaxBatches} are kept.";
        }

        return null;
    }
}
