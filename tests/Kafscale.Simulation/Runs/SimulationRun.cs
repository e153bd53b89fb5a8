using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Clients;
using Kafscale.Simulation.History;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Runs;

/// <summary>One simulation from its seed to its result: a cluster, its clients, and in the end what the checkers say.</summary>
internal sealed class SimulationRun
{
    private const string Topic = "orders";

    private static readonly IReadOnlyList<IChecker> Checkers = [new LostWriteChecker()];

    private readonly SimulationOptions _options;
    private readonly Scheduler _scheduler;
    private readonly SimulatedNetwork _network;
    private readonly SimulatedCluster _cluster;
    private readonly ClientHistory _history;
    private readonly Random _random;

    private SimulationRun(SimulationOptions options, Trace trace)
    {
        _options = options;
        _random = new Random(options.Seed);
        _scheduler = new Scheduler(new Random(_random.Next()), trace);
        _network = new SimulatedNetwork(_scheduler, new Random(_random.Next()));
        _cluster = new SimulatedCluster(_scheduler, _network, new Random(_random.Next()));
        _history = new ClientHistory(_scheduler);
    }

    /// <summary>Simulates.</summary>
    /// <param name="options">What.</param>
    /// <param name="trace">Where the history is written for reading; null where nobody wants to.</param>
    public static SimulationResult Run(SimulationOptions options, TextWriter? trace)
    {
        var run = new SimulationRun(options, new Trace(trace));
        var main = run._scheduler.World.Start(run.RunAsync);
        run._scheduler.RunUntil(() => main.IsCompleted);
        var violations = Checkers.SelectMany(checker => checker.Check(run._history)).ToList();
        return new SimulationResult(
            options.Seed, run._scheduler.Trace.Hash, TimeSpan.FromTicks(run._scheduler.Now), run._scheduler.Steps, run._history.AcknowledgedRecords, violations);
    }

    private async Task RunAsync()
    {
        for (var brokerId = 1; brokerId <= _options.Brokers; brokerId++)
        {
            _cluster.Start(brokerId);
        }

        var admin = NewClient("admin");
        await admin.Process.Start(() => new TopicAdministrator(admin).CreateAsync(Topic, _options.Partitions));
        List<Task> clients = [];
        List<Action> stops = [];
        for (var id = 1; id <= _options.Producers; id++)
        {
            var client = NewClient($"producer-{id}");
            var producer = new IdempotentProducer(id, client, _history, Topic);
            clients.Add(client.Process.Start(() => producer.RunAsync(TimeSpan.FromMilliseconds(500))));
            stops.Add(producer.Stop);
        }

        for (var id = 1; id <= _options.Consumers; id++)
        {
            var client = NewClient($"consumer-{id}");
            var consumer = new StandaloneConsumer(id, client, _history, Topic);
            clients.Add(client.Process.Start(consumer.RunAsync));
            stops.Add(consumer.Stop);
        }

        await Task.Delay(_options.Duration, _scheduler.World.Clock);
        stops.ForEach(stop => stop());
        await Task.WhenAll(clients);
        await ReadAllAsync();
    }

    private async Task ReadAllAsync()
    {
        var client = NewClient("reader");
        await client.Process.Start(async () =>
        {
            var reader = new LogReader(client);
            await client.RefreshAsync(Topic);
            var topic = client.TopicOf(Topic)!;
            foreach (var brokerId in client.BrokerIds)
            {
                for (var partition = 0; partition < topic.Leaders.Count; partition++)
                {
                    var (logStartOffset, records) = await reader.ReadAllAsync(brokerId, Topic, partition);
                    _history.ReadToTheEnd(brokerId, new LogKey(topic.TopicId, partition), logStartOffset, records);
                }
            }
        });
    }

    private ClusterClient NewClient(string name) => new(
        new SimulatedProcess(_scheduler, name),
        _network,
        [.. Enumerable.Range(1, _options.Brokers).Select(id => (SimulatedCluster.HostOf(id), SimulatedCluster.PortOf(id)))],
        new Random(_random.Next()));
}
