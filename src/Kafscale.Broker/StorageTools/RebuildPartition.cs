using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.StorageTools;

/// <summary>What the bucket says of one partition.</summary>
internal sealed class RebuildPartition(Guid topicId, string topicName, int partition)
{
    public Guid TopicId { get; } = topicId;

    public string TopicName { get; } = topicName;

    public int Partition { get; } = partition;

    /// <summary>The newest manifest, or <see langword="null"/>.</summary>
    public Manifest? Manifest { get; set; }

    public long LogStartOffset { get; set; }

    /// <summary>The greatest leader epoch that anything was written in, or -1.</summary>
    public int LeaderEpoch { get; set; } = -1;

    /// <summary>All slices that there are, in the order in which they were written.</summary>
    public List<RebuildSlice> Slices { get; } = [];

    /// <summary>Those that count, in the order of their offsets.</summary>
    public List<RebuildSlice> Committed { get; private set; } = [];

    public long MergedThroughOffset => Manifest?.MergedThroughOffset ?? 0;

    public long HighWatermark => Math.Max(
        LogStartOffset, Committed.Count > 0 ? Committed[^1].EndOffset : MergedThroughOffset);

    /// <summary>Puts slices in the order in which they were written: a leader epoch belongs to one session.</summary>
    public void Sort() => Slices.Sort((left, right) =>
    {
        var byEpoch = left.Entry.LeaderEpoch.CompareTo(right.Entry.LeaderEpoch);
        return byEpoch != 0
            ? byEpoch
            : (left.WalObject.Directory.Session, left.WalObject.Directory.Sequence)
                .CompareTo((right.WalObject.Directory.Session, right.WalObject.Directory.Sequence));
    });

    /// <summary>
    /// Goes through the slices of objects that are not refuted, and refutes those that can not have been committed. To be repeated
    /// until nothing changes, because an object counts as a whole.
    /// </summary>
    /// <remarks>
    /// Offsets are given out again only where the first attempt can no longer commit: whatever was written later and begins at or
    /// before a slice proves that the slice was not committed. And what is behind a gap was never committed, because
    /// commits are contiguous.
    /// </remarks>
    /// <returns>Whether any object was refuted.</returns>
    public bool Refute()
    {
        var committed = new List<RebuildSlice>();
        var refuted = false;
        foreach (var slice in Slices.Where(slice => slice.WalObject.Refutation is null))
        {
            switch (Compare(slice))
            {
                case MergeOrder.Merged:
                    continue;
                case MergeOrder.Contradicting:
                    refuted |= Refute(slice, "it was overtaken by what was merged");
                    continue;
                default:
                    break;
            }

            while (committed.Count > 0 && committed[^1].EndOffset > slice.BaseOffset)
            {
                refuted |= Refute(committed[^1], $"its offsets were given out again by {slice.WalObject.Key}");
                committed.RemoveAt(committed.Count - 1);
            }

            var end = committed.Count > 0 ? committed[^1].EndOffset : MergedThroughOffset;
            if (slice.BaseOffset == end || (committed.Count == 0 && slice.BaseOffset <= LogStartOffset))
            {
                committed.Add(slice);
            }
            else
            {
                refuted |= Refute(slice, $"{TopicName}-{Partition} ends at offset {end} and it begins at {slice.BaseOffset}");
            }
        }

        Committed = committed;
        return refuted;
    }

    private static bool Refute(RebuildSlice slice, string why)
    {
        if (slice.WalObject.Refutation is not null)
        {
            return false;
        }

        slice.WalObject.Refutation = why;
        return true;
    }

    private MergeOrder Compare(RebuildSlice slice)
    {
        var isBelow = slice.BaseOffset < MergedThroughOffset;
        if (Manifest?.MergePoint is not { } point || Manifest.LeaderEpochs is not [.., var last])
        {
            return isBelow ? MergeOrder.Merged : MergeOrder.Behind;
        }

        var epoch = slice.Entry.LeaderEpoch;
        var isBefore = epoch < last.Epoch || (epoch == last.Epoch && slice.WalObject.Directory.Sequence <= point.Sequence);
        return (isBefore, isBelow) switch
        {
            (true, true) => MergeOrder.Merged,
            (false, false) => MergeOrder.Behind,
            _ => MergeOrder.Contradicting,
        };
    }

    // Where a slice is, by the order of writing and by its offsets, in relation to what was merged.
    private enum MergeOrder
    {
        Merged,
        Behind,
        Contradicting,
    }
}
