using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Clients;

/// <summary>A client's view of the cluster: its brokers, who leads what, and a connection with each broker that it needs.</summary>
internal sealed class ClusterClient(
    SimulatedProcess process,
    SimulatedNetwork network,
    ClientHistory history,
    IReadOnlyList<(string Host, int Port)> bootstrapServers,
    Random random)
{
    /// <summary>How long clients wait for an answer (<c>request.timeout.ms</c>).</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(40);

    private readonly Dictionary<(string Host, int Port), Task<WireConnection>> _connections = [];
    private readonly Dictionary<int, (string Host, int Port)> _brokers = [];
    private readonly Dictionary<string, KnownTopic> _topics = new(StringComparer.Ordinal);
    private int _connectionsOpened;

    public SimulatedProcess Process => process;

    public ClientHistory History => history;

    public Random Random => random;

    public IReadOnlyCollection<int> BrokerIds => _brokers.Keys;

    /// <summary>A topic as it was when last asked for; null where it was not there.</summary>
    public KnownTopic? TopicOf(string name) => _topics.GetValueOrDefault(name);

    /// <summary>Asks one of the brokers for the brokers and some topics.</summary>
    /// <exception cref="IOException">It did not answer.</exception>
    public async Task RefreshAsync(params IEnumerable<string> topics)
    {
        var servers = _brokers.Values.Concat(bootstrapServers).ToList();
        var connection = await ConnectAsync(servers[random.Next(servers.Count)]);
        var request = new MetadataRequest { AllowAutoTopicCreation = false, Topics = [.. topics.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name })] };
        var response = await connection.SendAsync<MetadataResponse>(request, 12, RequestTimeout);
        _brokers.Clear();
        foreach (var broker in response.Brokers)
        {
            _brokers[broker.NodeId] = (broker.Host, broker.Port);
        }

        foreach (var topic in response.Topics)
        {
            if (topic.ErrorCode == ErrorCode.None)
            {
                _topics[topic.Name!] = new KnownTopic(topic.TopicId, [.. topic.Partitions.OrderBy(partition => partition.PartitionIndex).Select(partition => partition.LeaderId)]);
            }
            else
            {
                _topics.Remove(topic.Name!);
            }
        }
    }

    /// <summary>The same, where it does not matter whether a broker answers.</summary>
    public async Task<bool> TryRefreshAsync(params IEnumerable<string> topics)
    {
        try
        {
            await RefreshAsync(topics);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Takes note of an error; one that a client must not get there is told to the history.</summary>
    /// <param name="request">What it was the answer to.</param>
    /// <param name="error">The answer.</param>
    /// <param name="expected">What real clients get there now and then, and try again.</param>
    public void Note(string request, ErrorCode error, IReadOnlyCollection<ErrorCode> expected)
    {
        if (expected.Contains(error))
        {
            process.Scheduler.Trace.Write(process.Name, $"{request}: {error}");
        }
        else
        {
            history.AnsweredUnexpectedly(process.Name, $"{request}: {error}");
        }
    }

    /// <summary>Sends a request to a broker.</summary>
    /// <exception cref="IOException">It is not known or did not answer; what became of the request is unknown.</exception>
    public async Task<TResponse> SendAsync<TResponse>(int brokerId, IRequestMessage request, short version)
        where TResponse : class, IResponseMessage, new()
    {
        var connection = await ConnectAsync(brokerId);
        return await connection.SendAsync<TResponse>(request, version, RequestTimeout);
    }

    /// <summary>Sends a request to any broker.</summary>
    /// <exception cref="IOException">It did not answer; what became of the request is unknown.</exception>
    public async Task<TResponse> SendToAnyAsync<TResponse>(IRequestMessage request, short version)
        where TResponse : class, IResponseMessage, new()
    {
        var connection = await ConnectAsync(bootstrapServers[random.Next(bootstrapServers.Count)]);
        return await connection.SendAsync<TResponse>(request, version, RequestTimeout);
    }

    /// <summary>The connection with a broker, opened where there is none.</summary>
    /// <exception cref="IOException">It is not known or cannot be reached.</exception>
    public Task<WireConnection> ConnectAsync(int brokerId) =>
        _brokers.TryGetValue(brokerId, out var address) ? ConnectAsync(address) : throw new IOException($"Broker {brokerId} is not known.");

    /// <summary>One of the brokers; <see cref="KnownTopic.Nobody"/> where none is known.</summary>
    public int DrawBroker() => _brokers.Count == 0 ? KnownTopic.Nobody : _brokers.Keys.ElementAt(random.Next(_brokers.Count));

    /// <summary>Waits for a time that is so long on average.</summary>
    public Task PauseAsync(TimeSpan mean) => Task.Delay(mean * (2 * random.NextDouble()), process.Clock);

    /// <summary>Waits before something is tried again.</summary>
    public Task BackOffAsync()
    {
        var pause = TimeSpan.FromMilliseconds(50 + random.Next(200));
        return Task.Delay(pause, process.Clock);
    }

    /// <summary>The connection with whoever listens at an address, opened where there is none.</summary>
    /// <exception cref="IOException">It cannot be reached.</exception>
    public async Task<WireConnection> ConnectAsync((string Host, int Port) address)
    {
        if (_connections.TryGetValue(address, out var known) && !(known.IsCompleted && (!known.IsCompletedSuccessfully || (await known).IsClosed)))
        {
            return await known;
        }

        var opening = WireConnection.OpenAsync(process, network, address.Host, address.Port, $"{process.Name} to {address.Host} ({++_connectionsOpened})");
        _connections[address] = opening;
        return await opening;
    }
}
