namespace Kafscale.Broker.Partitions;

/// <summary>
/// What the next leader of a partition on this broker must know of producers: of the last one, and of the time in between.
/// Guarded by the lock of the partition's <see cref="LeaderSeat"/>.
/// </summary>
internal sealed class RefusedProducers
{
    /// <summary>Producers that are remembered of the time in between; of more, the retry of a later batch may be taken for the next one.</summary>
    public const int MaxProducers = 1_000;

    private readonly Dictionary<long, ExpectedSequence> _expected = [];

    /// <summary>A producer's batch that was refused while nobody led here. The first one counts.</summary>
    public void Add(in ExpectedSequence expected)
    {
        if (_expected.Count >= MaxProducers && !_expected.ContainsKey(expected.ProducerId))
        {
            // Clients try for minutes: who was refused the longest ago has most likely found the leader, or given up.
            _expected.Remove(_expected.Values.MinBy(known => known.RefusedAtMs).ProducerId);
        }

        _expected.TryAdd(expected.ProducerId, expected);
    }

    /// <summary>What a leader that is one no more leaves behind. That is early enough: of what it has on its way, what becomes visible later is known to be stored.</summary>
    public void Add(IReadOnlyList<ExpectedSequence> ofFormerLeader)
    {
        foreach (var expected in ofFormerLeader)
        {
            _expected.TryAdd(expected.ProducerId, expected);
        }
    }

    /// <summary>Forgets producers that were refused before a time, in Unix milliseconds.</summary>
    public void Expire(long oldestMs)
    {
        foreach (var (producerId, expected) in _expected)
        {
            if (expected.RefusedAtMs < oldestMs)
            {
                _expected.Remove(producerId);
            }
        }
    }

    /// <summary>What the next leader is to be told; forgets it.</summary>
    /// <param name="oldestMs">Who was refused before is forgotten anyway; Unix milliseconds.</param>
    public IReadOnlyList<ExpectedSequence> Take(long oldestMs)
    {
        Expire(oldestMs);
        ExpectedSequence[] taken = [.. _expected.Values];
        _expected.Clear();
        return taken;
    }
}
