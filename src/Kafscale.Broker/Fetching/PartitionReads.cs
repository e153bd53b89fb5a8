using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Fetching;

/// <summary>The partitions of one fetch. What they are made of is used again for another fetch once this one is answered.</summary>
internal sealed class PartitionReads : IDisposable
{
    // Requests for more are seldom; what they need is left to the garbage collector.
    private const int MaxKeptPartitions = 128;
    private const int MaxKept = 512;

    private static readonly ObjectPool<PartitionReads> Pool =
        new DefaultObjectPool<PartitionReads>(new DefaultPooledObjectPolicy<PartitionReads>(), MaxKept);

    private readonly Stack<PartitionRead> _idle = [];

    /// <summary>In the order in which they are to be read.</summary>
    public List<PartitionRead> Items { get; } = new(1);

    /// <summary>What the client is told of them.</summary>
    public ReusedFetchResponse Answer { get; } = new();

    /// <summary>Ends the reads that are still on their way.</summary>
    public CancellationTokenSource GiveUp { get; private set; } = new();

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

    /// <summary>Gives back the records and all of this. Nobody uses any of it any more, also no read that is still on its way.</summary>
    public void Dispose()
    {
        foreach (var read in Items)
        {
            read.DropRecords();
        }

        if (Items.Count <= MaxKeptPartitions)
        {
            foreach (var read in Items)
            {
                read.Reset();
                _idle.Push(read);
            }

            Items.Clear();
            Answer.Reset();
            if (!GiveUp.TryReset())
            {
                GiveUp = new CancellationTokenSource();
            }

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
