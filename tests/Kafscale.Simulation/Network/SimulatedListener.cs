using System.Net;
using Kafscale.Broker.Network;
using Kafscale.Broker.Requests;
using Kafscale.Simulation.Scheduling;
using Microsoft.Extensions.Logging;

namespace Kafscale.Simulation.Network;

/// <summary>What <see cref="KafkaServer"/> is, on a simulated network.</summary>
internal sealed class SimulatedListener : IAsyncDisposable
{
    private readonly ConnectionRegistry _registry;
    private readonly KafkaConnectionHandler _handler;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _aborting = new();
    private readonly List<Task> _connections = [];

    public SimulatedListener(SimulatedProcess process, RequestDispatcher dispatcher, ILoggerFactory loggerFactory)
    {
        Process = process;
        var limits = new NetworkLimits();
        _registry = new ConnectionRegistry(limits, process.Clock);
        var services = new ConnectionServices(limits, dispatcher, process.Clock, loggerFactory.CreateLogger("Kafscale.Broker.Network"));
        _handler = new KafkaConnectionHandler("PLAINTEXT", services, _registry, _aborting.Token);
    }

    /// <summary>Who listens.</summary>
    public SimulatedProcess Process { get; }

    public int ConnectionCount => _registry.Count;

    public void Accept(SimulatedConnection connection, EndPoint client) =>
        Process.Post(_ => _connections.Add(ServeAsync(new SimulatedConnectionContext(connection, client, _stopping.Token))), null);

    /// <summary>Begins no more requests, lets those in progress be answered, and closes all connections.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        await using var abort = deadline.UnsafeRegister(static aborting => ((CancellationTokenSource)aborting!).Cancel(), _aborting);
        await _stopping.CancelAsync();
        await Task.WhenAll(_connections);
    }

    public async ValueTask DisposeAsync()
    {
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
