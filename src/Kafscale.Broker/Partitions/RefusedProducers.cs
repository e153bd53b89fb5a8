namespace Kafscale.Broker.Partitions;

/// <summary>
/// What the next leader of a partition on this broker must know of producers: of the last one, and of the time in between.
/// Guarded by the lock of the partition's log.
/// </summary>
internal sealed class RefusedProducers
{
    /// <summary>Producers that are remembered; of more, the retry of a later batch may be taken for the next one.</summary>
    public const int MaxProducers = 1_000;

    private readonly Dictionary<long, ExpectedSequence> _expected = [];
    private PartitionAppender? _former;

    /// <summary>A producer's first batch that was refused while nobody led here.</summary>
    public void Add(in ExpectedSequence expected)
    {
        if (_expected.Count < MaxProducers)
        {
            _expected.TryAdd(expected.ProducerId, expected);
        }
    }

    /// <summary>A leader that is one no more; it is asked when the next one begins, because until then its commits may become visible.</summary>
    public void Add(PartitionAppender former) => _former = former;

    /// <summary>Tells the next leader, and forgets.</summary>
    public void HandOverTo(PartitionAppender next)
    {
        foreach (var expected in _former?.End() ?? [])
        {
            next.Expect(expected);
        }

        foreach (var expected in _expected.Values)
        {
            next.Expect(expected);
        }

        _former = null;
        _expected.Clear();
    }
}
