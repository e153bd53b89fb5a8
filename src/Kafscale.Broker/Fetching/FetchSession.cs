namespace Kafscale.Broker.Fetching;

/// <summary>What a client has asked for so far, so that it only sends what changes (KIP-227). Used by one request at a time.</summary>
internal sealed class FetchSession(int id)
{
    private readonly Dictionary<FetchPartitionKey, LinkedListNode<FetchPartitionState>> _byKey = [];
    private readonly LinkedList<FetchPartitionState> _partitions = [];

    public int Id { get; } = id;

    /// <summary>The epoch that the next request must carry.</summary>
    public int NextEpoch { get; private set; } = 1;

    /// <summary>Whether a request is working with it; guarded by the cache's lock.</summary>
    public bool IsInUse { get; set; }

    /// <summary>How many partitions the cache counts for it; guarded by the cache's lock.</summary>
    public int CountedPartitions { get; set; }

    /// <summary>When it was last used; guarded by the cache's lock.</summary>
    public long LastUsedAt { get; set; }

    public int Count => _partitions.Count;

    /// <summary>Adds the partitions in the order in which they are to be read.</summary>
    public void AddTo(PartitionReads reads)
    {
        foreach (var partition in _partitions)
        {
            reads.Add(partition);
        }
    }

    public void Advance() => NextEpoch = NextEpoch == int.MaxValue ? 1 : NextEpoch + 1;

    /// <summary>The state of a partition, new where it was not part of the session.</summary>
    public FetchPartitionState GetOrAdd(FetchPartitionKey key)
    {
        if (!_byKey.TryGetValue(key, out var node))
        {
            var partition = new FetchPartitionState();
            partition.Reset(key);
            node = _partitions.AddLast(partition);
            _byKey.Add(key, node);
        }

        return node.Value;
    }

    public void Remove(FetchPartitionKey key)
    {
        if (_byKey.Remove(key, out var node))
        {
            _partitions.Remove(node);
        }
    }

    /// <summary>Puts a partition that was just served behind all others, so that none starves where the response is full.</summary>
    public void MoveToEnd(FetchPartitionKey key)
    {
        if (_byKey.TryGetValue(key, out var node))
        {
            _partitions.Remove(node);
            _partitions.AddLast(node);
        }
    }
}
