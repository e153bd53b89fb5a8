using System.Net;
using Kafscale.Broker.Requests;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Kafscale.Broker.Network;

/// <summary>Serves the connections of one listener.</summary>
/// <param name="listenerName">The listener, for handlers and logs.</param>
/// <param name="services">What all connections share.</param>
/// <param name="registry">Counts the connections and watches their timeouts.</param>
/// <param name="abortToken">Ends connections and handlers at once.</param>
internal sealed class KafkaConnectionHandler(
    string listenerName, ConnectionServices services, ConnectionRegistry registry, CancellationToken abortToken) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        IPAddress address = (connection.RemoteEndPoint as IPEndPoint)?.Address ?? IPAddress.None;
        var client = new ClientConnection(services.NextConnectionId(), listenerName, address.ToString());
        if (registry.TryEnter(address) is { } refusal)
        {
            services.Log.Closing(client, ConnectionCloseReason.TooManyConnections, refusal);
            services.Metrics.Connections.OnClosed(ConnectionCloseReason.TooManyConnections);
            Abort(connection, refusal);
            return;
        }

        services.Metrics.Connections.OnOpened();
        try
        {
            await ServeAsync(connection, client);
        }
        finally
        {
            services.Metrics.Connections.OnLeft();
            registry.Leave(address);
        }
    }

    private async Task ServeAsync(ConnectionContext connection, ClientConnection client)
    {
        CancellationToken stopToken = connection.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        using var kafkaConnection = new KafkaConnection(
            connection.Transport,
            client,
            services,
            () => Abort(connection, "the connection was ended by the broker"),
            stopToken,
            abortToken);
        registry.Watch(kafkaConnection);
        try
        {
            ConnectionCloseReason reason = await kafkaConnection.RunAsync();
            services.Metrics.Connections.OnClosed(reason);
            if (KafkaConnection.IsOrderly(reason))
            {
                await WaitUntilSentAsync(connection);
            }
        }
        finally
        {
            registry.Unwatch(kafkaConnection);
        }
    }

    /// <summary>The output is completed: waits until the transport has sent it, but not for ever for a client that does not read.</summary>
    private async Task WaitUntilSentAsync(ConnectionContext connection)
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration =
            connection.ConnectionClosed.UnsafeRegister(static state => ((TaskCompletionSource)state!).TrySetResult(), closed);
        try
        {
            await closed.Task.WaitAsync(services.Limits.WriteTimeout, services.TimeProvider, abortToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            Abort(connection, "the client has not read its last responses");
        }
    }

    private static void Abort(ConnectionContext connection, string because) => connection.Abort(new ConnectionAbortedException(because));
}
