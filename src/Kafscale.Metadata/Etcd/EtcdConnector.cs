using System.Net.Sockets;

namespace Kafscale.Metadata.Etcd;

/// <summary>
/// Makes the connections of an endpoint. With one of its own, a channel leaves it to the endpoints when to try again, instead of
/// refusing requests for up to two minutes after a connection has failed.
/// </summary>
internal sealed class EtcdConnector(TimeSpan timeout, TimeProvider timeProvider)
{
    /// <summary>As <see cref="SocketsHttpHandler.ConnectCallback"/>.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        using var deadline = new EtcdDeadline(timeout, timeProvider, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, deadline.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (Exception exception)
        {
            socket.Dispose();
            throw exception is OperationCanceledException && deadline.IsOver
                ? new TimeoutException($"No connection within {timeout.TotalMilliseconds:N0} ms", exception)
                : exception;
        }
    }
}
