using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.Network;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Clients;

/// <summary>A client's view of the cluster: its brokers, who leads what, and a connection with each broker that it needs.</summary>
internal sealed class ClusterClient(
    SimulatedProcess process, SimulatedNetwork network, IReadOnlyList<(string Host, int Port)> bootstrapServers, Random random)
{
    /// <summary>How long clients wait for an answer (<c>request.timeout.ms</c>).</summary>
    public static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(40);

    private readonly Dictionary<(string Host, int Port), Task<WireConnection>> _connections = [];
    private readonly Dictionary<int, (string Host, int Port)> _brokers = [];
    private readonly Dictionary<string, KnownTopic> _topics = new(StringComparer.Ordinal);

    public SimulatedProcess Process => process;

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

    /// <summary>Waits before something is tried again.</summary>
    public Task BackOffAsync() => Task.Delay(TimeSpan.FromMilliseconds(50 + random.Next(200)), process.Clock);

    private async Task<WireConnection> ConnectAsync((string Host, int Port) address)
    {
        if (_connections.TryGetValue(address, out var known) && !(known.IsCompleted && (!known.IsCompletedSuccessfully || (await known).IsClosed)))
        {
            return await known;
        }

        var opening = WireConnection.OpenAsync(process, network, address.Host, address.Port);
        _connections[address] = opening;
        return await opening;
    }
}
