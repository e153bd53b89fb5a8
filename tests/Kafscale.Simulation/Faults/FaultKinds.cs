using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;
using Kafscale.Simulation.Stores;

namespace Kafscale.Simulation.Faults;

/// <summary>All that can go wrong with a cluster.</summary>
internal sealed class FaultKinds
{
    /// <summary>The broker that is there at times.</summary>
    public const int ExtraBroker = 4;

    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(9);

    private readonly SimulatedCluster _cluster;
    private readonly SimulatedNetwork _network;
    private readonly MetadataKeys _metadataKeys;
    private readonly Random _random;

    /// <param name="cluster">What goes wrong.</param>
    /// <param name="metadataKeys">Where the cluster's sessions are.</param>
    /// <param name="compactableRevision">Up to where the metadata store may forget its history.</param>
    /// <param name="random">With whom, and how much.</param>
    public FaultKinds(SimulatedCluster cluster, MetadataKeys metadataKeys, Func<long> compactableRevision, Random random)
    {
        _cluster = cluster;
        _network = cluster.Network;
        _metadataKeys = metadataKeys;
        _random = random;
        All =
        [
            .. StoreKinds("bucket", cluster.BucketConditionsOf),
            .. StoreKinds("metadata", cluster.MetadataConditionsOf),
            .. BucketKinds(),
            .. MetadataKinds(compactableRevision),
            .. NetworkKinds(),
            .. BrokerKinds(),
        ];
    }

    public IReadOnlyList<FaultKind> All { get; }

    private IEnumerable<FaultKind> StoreKinds(string store, Func<int, StoreConditions> conditionsOf)
    {
        yield return Of($"{store} slow", 1, 60, id => conditionsOf(id).Slowness = 3 + 60 * _random.NextDouble(), id => conditionsOf(id).Slowness = 1);
        yield return Of($"{store} failing before", 1, 60, id => conditionsOf(id).FailBeforeShare = Share(), id => conditionsOf(id).FailBeforeShare = 0);
        yield return Of($"{store} failing after", 1, 60, id => conditionsOf(id).FailAfterShare = Share(), id => conditionsOf(id).FailAfterShare = 0);
        yield return Of($"{store} not answering", 1, 60, id => conditionsOf(id).UnansweredShare = Share(), id => conditionsOf(id).UnansweredShare = 0);
        yield return Of($"{store} cut off", 1, 60, id => LinkOf(id, store).Cut(), id => LinkOf(id, store).Heal());
    }

    private IEnumerable<FaultKind> BucketKinds()
    {
        yield return Of("bucket throttling", 1, 60, id => Bucket(id).ThrottledShare = Share(), id => Bucket(id).ThrottledShare = 0);
        yield return Of("bucket with torn bodies", 1, 60, id => Bucket(id).TornBodyShare = Share(), id => Bucket(id).TornBodyShare = 0);
        yield return Of(
            "bucket with stale listings", 10, 600, id => Bucket(id).ListingDelay = TimeSpan.FromSeconds(600 * _random.NextDouble()), id => Bucket(id).ListingDelay = TimeSpan.Zero);
    }

    private IEnumerable<FaultKind> MetadataKinds(Func<long> compactableRevision)
    {
        yield return Of("keep-alives lost", 2, 40, id => Metadata(id).LosesKeepAlives = true, id => Metadata(id).LosesKeepAlives = false);
        yield return Of(
            "watch late", 1, 30, id => Metadata(id).WatchDelay = TimeSpan.FromSeconds(10 * _random.NextDouble()), id => Metadata(id).WatchDelay = TimeSpan.Zero);
        yield return Of("watch interrupted", 1, 1, id => _cluster.Brokers[id].Metadata.InterruptWatches(), _ => { });
        yield return Of("lease revoked", 1, 1, RevokeLease, _ => { });
        yield return Of("lease revoked unheard", 1, 10, RevokeLeaseUnheard, id => Metadata(id).WatchDelay = TimeSpan.Zero);
        yield return new FaultKind("compaction", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30), () =>
        {
            // What a watch has not delivered yet is forgotten before it could.
            var brokers = DrawBrokers();
            return new Fault($"compaction under {string.Join(", ", brokers)}", () => brokers.ForEach(id => Metadata(id).WatchDelay = TimeSpan.FromSeconds(2)), () =>
            {
                _cluster.MetadataStore.CompactAsync(compactableRevision(), CancellationToken.None).GetAwaiter().GetResult();
                foreach (var id in brokers)
                {
                    Metadata(id).WatchDelay = TimeSpan.Zero;
                    _cluster.Brokers[id].Metadata.InterruptWatches();
                }
            });
        });
    }

    private IEnumerable<FaultKind> NetworkKinds()
    {
        yield return Of("clients cut off", 1, 60, id => ClientLinksOf(id).ForEach(link => link.Cut()), id => ClientLinksOf(id).ForEach(link => link.Heal()));
        yield return Of("connections torn", 1, 1, id => TearConnections(_cluster.Brokers[id].Process), _ => { });
        yield return new FaultKind("one client cut off", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), () =>
        {
            var links = ClientLinksOf(DrawBroker());
            var link = links.Count == 0 ? null : links[_random.Next(links.Count)];
            return new Fault($"{link} cut", () => link?.Cut(), () => link?.Heal());
        });
        yield return new FaultKind("network slow", TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60), () =>
            new Fault("network slow", () => _network.Slowness = 5 + 200 * _random.NextDouble(), () => _network.Slowness = 1));
    }

    private IEnumerable<FaultKind> BrokerKinds()
    {
        yield return Of("crash", 1, 1, id => _cluster.Brokers[id].Process.End(), _ => { });
        yield return Of("restart", 1, 1, _cluster.RequestStop, _ => { });
        yield return Pause("short pause", TimeSpan.FromSeconds(0.2), Lease);
        yield return Pause("long pause", Lease, 4 * Lease);
        yield return Of(
            "wall clock wrong",
            10,
            600,
            id => _cluster.Brokers[id].Process.Clock.WallOffset = TimeSpan.FromSeconds(600 * (2 * _random.NextDouble() - 1)),
            id => _cluster.Brokers[id].Process.Clock.WallOffset = TimeSpan.Zero);
        yield return Of(
            "clock drifting",
            10,
            600,
            id => _cluster.Brokers[id].Process.Clock.Rate = 1 + 0.1 * (2 * _random.NextDouble() - 1),
            id => _cluster.Brokers[id].Process.Clock.Rate = 1);
        yield return new FaultKind("one more broker", TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5), () =>
            new Fault($"broker {ExtraBroker} there", () => _cluster.Join(ExtraBroker), () => _cluster.Leave(ExtraBroker)));
    }

    private FaultKind Pause(string name, TimeSpan shortest, TimeSpan longest) => new(name, shortest, longest, () =>
    {
        var paused = DrawBrokers().ConvertAll(id => _cluster.Brokers[id].Process);
        return new Fault($"{name} of {string.Join(", ", paused.Select(process => process.Name))}", () => paused.ForEach(process => process.Pause()), () => paused.ForEach(process => process.Resume()));
    });

    // What happens to some brokers, one after the other.
    private FaultKind Of(string name, double shortestSeconds, double longestSeconds, Action<int> begin, Action<int> end) =>
        new(name, TimeSpan.FromSeconds(shortestSeconds), TimeSpan.FromSeconds(longestSeconds), () =>
        {
            var brokers = DrawBrokers();
            return new Fault($"{name} for {string.Join(", ", brokers)}", () => brokers.ForEach(begin), () => brokers.ForEach(end));
        });

    private int DrawBroker() => _cluster.Members.ElementAt(_random.Next(_cluster.Members.Count));

    // One of them mostly, now and then several or all.
    private List<int> DrawBrokers()
    {
        var brokers = _cluster.Members.ToArray();
        _random.Shuffle(brokers);
        return [.. brokers.Take(_random.Next(3) < 2 ? 1 : 1 + _random.Next(brokers.Length))];
    }

    // Rarely and always are as likely as anything between.
    private double Share() => Math.Min(1, 0.02 * Math.Pow(100, _random.NextDouble()));

    private StoreConditions Bucket(int brokerId) => _cluster.BucketConditionsOf(brokerId);

    private StoreConditions Metadata(int brokerId) => _cluster.MetadataConditionsOf(brokerId);

    private Link LinkOf(int brokerId, string store) => _network.LinkOf(SimulatedCluster.HostOf(brokerId), store);

    private List<Link> ClientLinksOf(int brokerId) =>
        [.. _network.Links.Where(link => link.IsOf(SimulatedCluster.HostOf(brokerId)) && !link.IsOf("bucket") && !link.IsOf("metadata"))];

    private void TearConnections(SimulatedProcess broker)
    {
        foreach (var connection in _network.Connections.Where(connection => connection.IsOf(broker) && _random.Next(2) == 0).ToList())
        {
            connection.Tear();
        }
    }

    // The broker goes on until the store refuses what it writes.
    private void RevokeLeaseUnheard(int brokerId)
    {
        Metadata(brokerId).WatchDelay = TimeSpan.FromSeconds(10);
        RevokeLease(brokerId);
    }

    private void RevokeLease(int brokerId)
    {
        var store = _cluster.MetadataStore;
        var session = store.RangeAsync(KeyRange.Key(_metadataKeys.Session(brokerId)), 1, 0, CancellationToken.None).GetAwaiter().GetResult();
        if (session.Entries is [var entry, ..])
        {
            store.RevokeLeaseAsync(entry.LeaseId, CancellationToken.None).GetAwaiter().GetResult();
        }
    }
}
