using Kafscale.Metadata.Cluster;
using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Clients;
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
    private const string Topic = "orders";

    private static readonly IReadOnlyList<IChecker> Checkers = [new LostWriteChecker()];

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
        _cluster = new SimulatedCluster(_scheduler, _network, new Random(_random.Next()));
        _history = new ClientHistory(_scheduler);
        _metadata = new MetadataInvariants(_cluster.MetadataStore, new MetadataKeys(MetadataRoot), trace);
        _aftermath = new Aftermath(_scheduler, _cluster, _metadata, _history);
    }

    /// <summary>Simulates.</summary>
    /// <param name="options">What.</param>
    /// <param name="trace">Where the history is written for reading; null where nobody wants to.</param>
    public static SimulationResult Run(SimulationOptions options, TextWriter? trace)
    {
        var run = new SimulationRun(options, new Trace(trace));
        var main = run._scheduler.World.Start(run.RunAsync);
        run._scheduler.RunUntil(() => main.IsCompleted);
        IReadOnlyList<Violation> violations = [.. run._cluster.Violations, .. run._metadata.Violations, .. Checkers.SelectMany(checker => checker.Check(run._history)), .. run._aftermath.Violations];
        return new SimulationResult(
            options.Seed, run._scheduler.Trace.Hash, TimeSpan.FromTicks(run._scheduler.Now), run._scheduler.Steps, run._history.AcknowledgedRecords, violations);
    }

    private async Task RunAsync()
    {
        _ = _scheduler.World.Start(_metadata.RunAsync);
        for (var brokerId = 1; brokerId <= _options.Brokers; brokerId++)
        {
            _cluster.Join(brokerId);
        }

        var admin = NewClient("admin");
        await admin.Process.Start(() => new TopicAdministrator(admin).CreateAsync(Topic, _options.Partitions));
        List<Task> producing = [];
        List<Action> stopProducing = [];
        for (var id = 1; id <= _options.Producers; id++)
        {
            var client = NewClient($"producer-{id}");
            var producer = new IdempotentProducer(id, client, _history, Topic);
            producing.Add(client.Process.Start(() => producer.RunAsync(TimeSpan.FromMilliseconds(500))));
            stopProducing.Add(producer.Stop);
        }

        List<Task> consuming = [];
        List<Action> stopConsuming = [];
        for (var id = 1; id <= _options.Consumers; id++)
        {
            var client = NewClient($"consumer-{id}");
            var consumer = new StandaloneConsumer(id, client, _history, Topic);
            consuming.Add(client.Process.Start(consumer.RunAsync));
            stopConsuming.Add(consumer.Stop);
        }

        var nemesis = new Nemesis(
            _scheduler, new FaultKinds(_cluster, new MetadataKeys(MetadataRoot), () => _metadata.Revision, new Random(_random.Next())).All, new Random(_random.Next()));
        if (_options.HasFaults)
        {
            nemesis.Start();
        }

        await Task.Delay(_options.Duration, _scheduler.World.Clock);
        nemesis.Stop();
        await _aftermath.ProducersGoOnAsync();
        stopProducing.ForEach(stop => stop());
        if (!await _aftermath.EndsAsync("Producers wait for acknowledgements", Task.WhenAll(producing)))
        {
            return;
        }

        await _aftermath.ConsumersReachTheEndAsync([.. Enumerable.Range(1, _options.Consumers)]);
        stopConsuming.ForEach(stop => stop());
        if (!await _aftermath.EndsAsync("Consumers wait for records", Task.WhenAll(consuming))
            || !await _aftermath.EndsAsync("Not everything can be read", ReadAllAsync()))
        {
            return;
        }

        _clients.ForEach(client => client.Process.End());
        await _aftermath.BuffersAreEmptyAsync();
        await _aftermath.StopsWellAsync();
        await _aftermath.NothingIsLeftAsync(NewClient("admin"));
    }

    private async Task ReadAllAsync()
    {
        var client = NewClient("reader");
        await client.Process.Start(async () =>
        {
            var reader = new LogReader(client);
            while (client.TopicOf(Topic) is null || client.BrokerIds.Count < _options.Brokers)
            {
                await client.BackOffAsync();
                try
                {
                    await client.RefreshAsync(Topic);
                }
                catch (IOException)
                {
                    // Tried again, as with any other error.
                }
            }

            var topic = client.TopicOf(Topic)!;
            foreach (var brokerId in client.BrokerIds.Where(id => id <= _options.Brokers))
            {
                for (var partition = 0; partition < topic.Leaders.Count; partition++)
                {
                    var (logStartOffset, records) = await reader.ReadAllAsync(brokerId, Topic, partition);
                    _history.ReadToTheEnd(brokerId, new LogKey(topic.TopicId, partition), logStartOffset, records);
                }
            }
        });
    }

    private ClusterClient NewClient(string name)
    {
        var client = new ClusterClient(
            new SimulatedProcess(_scheduler, name),
            _network,
            [.. Enumerable.Range(1, _options.Brokers).Select(id => (SimulatedCluster.HostOf(id), SimulatedCluster.PortOf(id)))],
            new Random(_random.Next()));
        _clients.Add(client);
        return client;
    }
}
