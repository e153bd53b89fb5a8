using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Fetching;

/// <summary>The partitions of one fetch. What they are made of is used again for another fetch once this one is answered.</summary>
internal sealed class PartitionReads
{
    // Requests for more are seldom; what they need is left to the garbage collector.
    private const int MaxKeptPartitions = 16;
    private const int MaxKept = 1024;

    private static readonly ObjectPool<PartitionReads> Pool =
        new DefaultObjectPool<PartitionReads>(new DefaultPooledObjectPolicy<PartitionReads>(), MaxKept);

    private readonly Stack<PartitionRead> _idle = [];

    /// <summary>In the order in which they are to be read.</summary>
    public List<PartitionRead> Items { get; } = new(1);

    /// <summary>One without partitions.</summary>
    public static PartitionReads Rent() => Pool.Get();

    /// <summary>Adds a partition of a session.</summary>
    public void Add(FetchPartitionState partition) => Add().Partition = partition;

    /// <summary>Adds a partition that nothing is remembered of.</summary>
    /// <returns>What the client asks for, to be filled in.</returns>
    public FetchPartitionState Add(FetchPartitionKey key)
    {
        var read = Add();
        read.Partition.Reset(key);
        return read.Partition;
    }

    /// <summary>Nobody uses any of it any more, also no read that is still on its way.</summary>
    public void Return()
    {
        foreach (var read in Items.Take(MaxKeptPartitions))
        {
            read.Reset();
            _idle.Push(read);
        }

        Items.Clear();
        if (Items.Capacity <= MaxKeptPartitions)
        {
            Pool.Return(this);
        }
    }

    private PartitionRead Add()
    {
        if (!_idle.TryPop(out var read))
        {
            read = new PartitionRead();
        }

        Items.Add(read);
        return read;
    }
}
