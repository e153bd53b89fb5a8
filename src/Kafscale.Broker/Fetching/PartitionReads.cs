using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Fetching;

/// <summary>The partitions of one fetch. What they are made of is used again for another fetch once this one is answered.</summary>
internal sealed class PartitionReads : IDisposable
{
    // Fetches of more than that are left to the garbage collector.
    private static readonly Pool OfFew = new(maxPartitions: 128, maxKept: 512);
    private static readonly Pool OfMany = new(maxPartitions: 16 * 1024, maxKept: 4);

    private readonly Pool _pool;
    private readonly Stack<PartitionRead> _idle = [];

    private PartitionReads(Pool pool) => _pool = pool;

    /// <summary>In the order in which they are to be read.</summary>
    public List<PartitionRead> Items { get; } = new(1);

    /// <summary>What the client is told of them.</summary>
    public ReusedFetchResponse Answer { get; } = new();

    /// <summary>Ends the reads that are still on their way.</summary>
    public CancellationTokenSource GiveUp { get; private set; } = new();

    /// <summary>One that is still without partitions.</summary>
    /// <param name="partitions">About how many it will have.</param>
    public static PartitionReads Rent(int partitions) => (partitions <= OfFew.MaxPartitions ? OfFew : OfMany).Rent();

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

        if (Items.Count + _idle.Count <= _pool.MaxPartitions)
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

            _pool.GiveBack(this);
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

    private sealed class Pool : IPooledObjectPolicy<PartitionReads>
    {
        private readonly DefaultObjectPool<PartitionReads> _kept;

        public Pool(int maxPartitions, int maxKept)
        {
            MaxPartitions = maxPartitions;
            _kept = new DefaultObjectPool<PartitionReads>(this, maxKept);
        }

        public int MaxPartitions { get; }

        public PartitionReads Rent() => _kept.Get();

        public void GiveBack(PartitionReads reads) => _kept.Return(reads);

        PartitionReads IPooledObjectPolicy<PartitionReads>.Create() => new(this);

        bool IPooledObjectPolicy<PartitionReads>.Return(PartitionReads obj) => true;
    }
}
