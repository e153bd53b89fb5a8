using System.Net;
using Kafscale.Broker;
using Kafscale.Broker.Network;
using Kafscale.Broker.Requests;
using Kafscale.Simulation.Scheduling;
using Microsoft.Extensions.Logging;

namespace Kafscale.Simulation.Network;

/// <summary>Listens for clients on a simulated network.</summary>
internal sealed class SimulatedListener : IKafkaServer
{
    private readonly ConnectionRegistry _registry;
    private readonly KafkaConnectionHandler _handler;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly List<Task> _connections = [];

    private readonly SimulatedNetwork _network;
    private readonly string _host;
    private readonly int _port;

    public SimulatedListener(
        SimulatedProcess process, SimulatedNetwork network, string host, int port, RequestDispatcher dispatcher, ILoggerFactory loggerFactory)
    {
        Process = process;
        _network = network;
        _host = host;
        _port = port;
        var limits = new NetworkLimits();
        _registry = new ConnectionRegistry(limits, process.Clock);
        var services = new ConnectionServices(limits, dispatcher, process.Clock, loggerFactory.CreateLogger("Kafscale.Broker.Network"));
        _handler = new KafkaConnectionHandler(BrokerHost.ListenerName, services, _registry, _aborting.Token);
    }

    /// <summary>Who listens.</summary>
    public SimulatedProcess Process { get; }

    public int ConnectionCount => _registry.Count;

    public void Accept(SimulatedConnection connection, EndPoint client) =>
        Process.Post(_ => _connections.Add(ServeAsync(new SimulatedConnectionContext(connection, client, _stopping.Token))), null);

    public IPEndPoint EndPointOf(string listenerName) => new(IPAddress.Any, _port);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _network.Listen(_host, _port, this);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken deadline)
    {
        _network.StopListening(_host, _port, this);
        await using var abort = deadline.UnsafeRegister(static aborting => ((CancellationTokenSource)aborting!).Cancel(), _aborting);
        await _stopping.CancelAsync();
        await Task.WhenAll(_connections);
    }

    public async ValueTask DisposeAsync()
    {
        _network.StopListening(_host, _port, this);
        await _aborting.CancelAsync();
        await Task.WhenAll(_connections);
        await _registry.DisposeAsync();
        _stopping.Dispose();
        _aborting.Dispose();
    }

    private async Task ServeAsync(SimulatedConnectionContext context)
    {
        await context.ServeAsync(Process, _handler.OnConnectedAsync);
        _connections.RemoveAll(connection => connection.IsCompleted);
    }
}
