using Kafscale.Metadata.Cluster;
using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Clients;
using Kafscale.Simulation.Defects;
using Kafscale.Simulation.Faults;
using Kafscale.Simulation.History;
using Kafscale.Simulation.Invariants;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Runs;

/// <summary>One simulation from its seed to its result: a cluster, its clients, and in the end what the checkers say.</summary>
internal sealed class SimulationRun
{
    private const string MetadataRoot = "/kafscale/default";

    // The sum of everything that is waited for without faults.
    private static readonly TimeSpan LongestAftermath = TimeSpan.FromHours(1);

    private readonly SimulationOptions _options;
    private readonly Scheduler _scheduler;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedCluster _cluster;
    private readonly ClientHistory _history;
    private readonly List<ClusterClient> _clients = [];
    private readonly MetadataInvariants _metadata;
    private readonly Aftermath _aftermath;
    private readonly Random _random;

    private SimulationRun(SimulationOptions options, Trace trace)
    {
        _options = options;
        _random = new Random(options.Seed);
        _scheduler = new Scheduler(new Random(_random.Next()), trace);
        _network = new SimulatedNetwork(_scheduler, new Random(_random.Next()));
        _cluster = new SimulatedCluster(_scheduler, _network, options.Defect, new Random(_random.Next()));
        _history = new ClientHistory(() => _scheduler.Now, trace);
        _metadata = new MetadataInvariants(_cluster.MetadataStore, new MetadataKeys(MetadataRoot), _scheduler, SimulatedCluster.FlushInterval);
        _aftermath = new Aftermath(_scheduler, _cluster, _metadata, _history);
    }

    /// <summary>Simulates.</summary>
    /// <param name="options">What.</param>
    /// <param name="trace">What has happened.</param>
    public static SimulationResult Run(SimulationOptions options, Trace trace)
    {
        var run = new SimulationRun(options, trace);
        List<Violation> violations = [];
        var main = run._scheduler.World.Start(run.RunAsync);
        try
        {
            var end = (options.Duration + LongestAftermath).Ticks;
            run._scheduler.RunUntil(() => main.IsCompleted || run.HasFoundDefect || run._scheduler.Now > end);
            if (run._scheduler.Now > end)
            {
                violations.Add(new Violation("liveness", $"The simulation has not ended {LongestAftermath} after its clients."));
            }
        }
        catch (SimulationFailedException exception)
        {
            violations.Add(new Violation("failure", exception.ToString()));
        }

        violations.AddRange(
        [
            .. run._cluster.Violations,
            .. run._cluster.Bucket.Violations,
            .. run._metadata.Violations,
            .. HistoryCheckers.Check(run._history),
            .. run._aftermath.Violations,
        ]);
        return new SimulationResult(
            options.Seed, run._scheduler.Trace.Hash, TimeSpan.FromTicks(run._scheduler.Now), run._scheduler.Steps, run._history.AcknowledgedRecords, violations);
    }

    // A cluster with a defect may never come to rest, and one violation is enough.
    private bool HasFoundDefect =>
        _options.Defect != Defect.None && (_cluster.Violations.Count > 0 || _cluster.Bucket.Violations.Count > 0 || _metadata.Violations.Count > 0);

    private async Task RunAsync()
    {
        _ = _scheduler.World.Start(_metadata.RunAsync);
        for (var brokerId = 1; brokerId <= _options.Brokers; brokerId++)
        {
            _cluster.Join(brokerId);
        }

        var workload = new Workload(NewClient, _options);
        await workload.StartAsync();
        var nemesis = new Nemesis(
            _scheduler, new FaultKinds(_cluster, new MetadataKeys(MetadataRoot), () => _metadata.Revision, new Random(_random.Next())).All, new Random(_random.Next()));
        if (_options.HasFaults)
        {
            nemesis.Start();
        }

        await Task.Delay(_options.Duration, _scheduler.World.Clock);
        nemesis.Stop();
        await _aftermath.ProducersGoOnAsync();
        if (!await workload.FinishWritingAsync(_aftermath.EndsAsync))
        {
            return;
        }

        await _aftermath.ConsumersReachTheEndAsync(workload.Subscriptions);
        var reader = NewClient("reader");
        if (!await workload.FinishReadingAsync(_aftermath.EndsAsync)
            || !await _aftermath.EndsAsync("Not everything can be read", reader.Process.Start(() => new LogReader(reader).ReadAllAsync([.. Enumerable.Range(1, _options.Brokers)], TopicChanges.All))))
        {
            return;
        }

        _clients.ForEach(client => client.Process.End());
        await _aftermath.BuffersAreEmptyAsync();
        await _aftermath.StopsWellAsync();
        await _aftermath.NothingIsLeftAsync(NewClient("admin"));
    }

    private ClusterClient NewClient(string name)
    {
        var client = new ClusterClient(
            new SimulatedProcess(_scheduler, name),
            _network,
            _history,
            [.. Enumerable.Range(1, _options.Brokers).Select(id => (SimulatedCluster.HostOf(id), SimulatedCluster.PortOf(id)))],
            new Random(_random.Next()));
        _clients.Add(client);
        return client;
    }
}
