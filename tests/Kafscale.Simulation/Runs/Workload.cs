using Kafscale.Simulation.Brokers;
using Kafscale.Simulation.Clients;

namespace Kafscale.Simulation.Runs;

/// <summary>The clients of a simulation: producers and consumers of all kinds, and an administrator.</summary>
internal sealed class Workload
{
    private const int GroupMembers = 3;
    private const string Group = "shipping";

    private static readonly string[] GroupTopics = [TopicChanges.Steady, TopicChanges.Growing];

    private readonly Func<string, ClusterClient> _newClient;
    private readonly SimulationOptions _options;
    private readonly TopicChanges _changes;
    private readonly ClusterClient _administrator;
    private readonly List<(string Name, Task Task, Action Stop)> _writers = [];
    private readonly List<(string Name, Task Task, Action Stop)> _readers = [];
    private readonly List<(string Subscriber, string Topic)> _subscriptions = [.. GroupTopics.Select(topic => (Group, topic))];

    /// <param name="newClient">A client in a process of its own, by the process's name.</param>
    /// <param name="options">How many there are.</param>
    public Workload(Func<string, ClusterClient> newClient, SimulationOptions options)
    {
        _newClient = newClient;
        _options = options;
        _administrator = newClient("admin");
        _changes = new TopicChanges(_administrator);
    }

    /// <summary>Creates the topics and has everybody begin.</summary>
    public async Task StartAsync()
    {
        await _administrator.Process.Start(() => _changes.CreateAsync(_options.Partitions));
        _writers.Add((_administrator.Process.Name, _administrator.Process.Start(_changes.RunAsync), _changes.Stop));
        var id = 0;
        foreach (var topic in TopicChanges.All)
        {
            var isSteady = topic == TopicChanges.Steady;
            for (var i = 0; i < (isSteady ? _options.Producers : 1); i++)
            {
                Add(new ProducerOptions { Id = ++id, Topic = topic, IsIdempotent = true });
            }

            Add(new ProducerOptions { Id = ++id, Topic = topic, Acks = (short)(isSteady ? -1 : id % 2), Pause = TimeSpan.FromSeconds(2) });
        }

        for (var i = 1; i <= _options.Consumers; i++)
        {
            var source = (FetchSource)(i % 3);
            var client = _newClient($"consumer-{i}");
            var consumer = new StandaloneConsumer(client.Process.Name, client, source, source == FetchSource.NearestReplica ? "rack-1" : "", TopicChanges.All);
            _readers.Add((client.Process.Name, client.Process.Start(consumer.RunAsync), consumer.Stop));
            _subscriptions.AddRange(TopicChanges.All.Select(topic => (client.Process.Name, topic)));
        }

        for (var i = 1; i <= GroupMembers; i++)
        {
            var client = _newClient($"member-{i}");
            var consumer = new GroupConsumer(Group, client, GroupTopics);
            _readers.Add((client.Process.Name, client.Process.Start(consumer.RunAsync), consumer.Stop));
        }

        for (var brokerId = 1; brokerId <= _options.Brokers; brokerId++)
        {
            var client = _newClient($"observer-{brokerId}");
            var observer = new PositionObserver(Group, client, (SimulatedCluster.HostOf(brokerId), SimulatedCluster.PortOf(brokerId)), GroupTopics);
            _readers.Add((client.Process.Name, client.Process.Start(observer.RunAsync), observer.Stop));
        }
    }

    /// <summary>Who reads what: consumers without a group by their names, and groups.</summary>
    public IReadOnlyList<(string Subscriber, string Topic)> Subscriptions => _subscriptions;

    /// <summary>Has everybody who writes finish what was begun.</summary>
    /// <param name="ends">Whether something ends by itself soon enough, which must be said of each.</param>
    public Task<bool> FinishWritingAsync(Func<string, Task, Task<bool>> ends) => FinishAsync(_writers, ends);

    /// <summary>The same for those who read.</summary>
    public Task<bool> FinishReadingAsync(Func<string, Task, Task<bool>> ends) => FinishAsync(_readers, ends);

    private static async Task<bool> FinishAsync(List<(string Name, Task Task, Action Stop)> clients, Func<string, Task, Task<bool>> ends)
    {
        clients.ForEach(client => client.Stop());
        var ended = await Task.WhenAll(clients.Select(client => ends($"{client.Name} does not come to an end", client.Task)));
        return Array.TrueForAll(ended, one => one);
    }

    private void Add(ProducerOptions options)
    {
        var client = _newClient($"producer-{options.Id}");
        var producer = new Producer(options, client);
        _writers.Add((client.Process.Name, client.Process.Start(producer.RunAsync), producer.Stop));
    }
}
