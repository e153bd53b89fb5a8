using System.IO.Pipelines;
using System.Net;
using Kafscale.Simulation.Scheduling;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Kafscale.Simulation.Network;

/// <summary>A connection as a broker's handler is given it, which is what Kestrel would be.</summary>
internal sealed class SimulatedConnectionContext : ConnectionContext, IConnectionLifetimeNotificationFeature
{
    private readonly SimulatedConnection _connection;
    private readonly CancellationTokenSource _closed = new();

    public SimulatedConnectionContext(SimulatedConnection connection, EndPoint client, CancellationToken stopping)
    {
        _connection = connection;
        Transport = connection.Server;
        RemoteEndPoint = client;
        ConnectionClosed = _closed.Token;
        ConnectionClosedRequested = stopping;
        Features.Set<IConnectionLifetimeNotificationFeature>(this);
    }

    public override string ConnectionId { get; set; } = "simulated";

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new ConnectionItems();

    public override IDuplexPipe Transport { get; set; }

    public CancellationToken ConnectionClosedRequested { get; set; }

    /// <summary>Serves the connection to its end, as Kestrel does.</summary>
    public async Task ServeAsync(SimulatedProcess process, ConnectionDelegate serve)
    {
        _ = process.Start(async () =>
        {
            await _connection.Sent;
            await _closed.CancelAsync();
        });
        await serve(this);
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await _connection.Sent;
        _connection.Tear();
    }

    public void RequestClose()
    {
    }

    public override void Abort(ConnectionAbortedException abortReason) => _connection.Tear();
}
