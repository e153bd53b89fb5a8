using System.Net;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Network;

/// <summary>The machines' network: who listens where, and which links are cut.</summary>
internal sealed class SimulatedNetwork(Scheduler scheduler, Random random)
{
    private static readonly TimeSpan MedianLatency = TimeSpan.FromMilliseconds(0.5);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);

    private readonly Dictionary<string, SimulatedListener> _listeners = [];
    private readonly Dictionary<(string, string), Link> _links = [];
    private readonly List<SimulatedConnection> _connections = [];

    /// <summary>By how much everything takes longer.</summary>
    public double Slowness { get; set; } = 1;

    /// <summary>All links that there are, in the order in which they came to be.</summary>
    public IReadOnlyCollection<Link> Links => _links.Values;

    /// <summary>The connections that are open.</summary>
    public IReadOnlyList<SimulatedConnection> Connections => _connections;

    /// <summary>What connects two machines, by their names.</summary>
    public Link LinkOf(string one, string other)
    {
        var key = string.CompareOrdinal(one, other) < 0 ? (one, other) : (other, one);
        if (!_links.TryGetValue(key, out var link))
        {
            _links.Add(key, link = new Link(one, other));
        }

        return link;
    }

    public TimeSpan Latency() => MedianLatency * Slowness * (0.5 + random.NextDouble());

    /// <summary>Takes connections to an address; whoever took them before has ended.</summary>
    public void Listen(string host, int port, SimulatedListener listener) => _listeners[$"{host}:{port}"] = listener;

    public void StopListening(string host, int port, SimulatedListener listener)
    {
        if (_listeners.GetValueOrDefault($"{host}:{port}") == listener)
        {
            _listeners.Remove($"{host}:{port}");
        }
    }

    public void Forget(SimulatedConnection connection) => _connections.Remove(connection);

    /// <summary>Connects a client.</summary>
    /// <exception cref="IOException">Nobody listens there, or there is no way.</exception>
    public async Task<SimulatedConnection> ConnectAsync(SimulatedProcess client, string host, int port)
    {
        await client.DelayAsync(Latency());
        if (!_listeners.TryGetValue($"{host}:{port}", out var listener) || listener.Process.State == ProcessState.Ended)
        {
            throw new IOException($"Nobody listens on {host}:{port}.");
        }

        var link = LinkOf(client.Name, listener.Process.Name);
        if (link.IsCut)
        {
            await client.DelayAsync(ConnectTimeout);
            throw new IOException($"{host}:{port} does not answer.");
        }

        var connection = new SimulatedConnection(this, scheduler, client, listener.Process, link);
        _connections.Add(connection);
        listener.Accept(connection, new IPEndPoint(IPAddress.Parse("10.0.0.1"), 1024 + client.Id));
        return connection;
    }
}
