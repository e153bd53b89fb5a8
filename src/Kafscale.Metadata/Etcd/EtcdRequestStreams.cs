using Grpc.Core;

namespace Kafscale.Metadata.Etcd;

/// <summary>Writes to streams so that whatever breaks the connection fails in the one way in which calls fail.</summary>
internal static class EtcdRequestStreams
{
    /// <summary>Sends a message.</summary>
    /// <exception cref="RpcException">The call has ended.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static async Task SendAsync<T>(this IClientStreamWriter<T> stream, T message, CancellationToken cancellationToken)
    {
        try
        {
            await stream.WriteAsync(message, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or ObjectDisposedException)
        {
            // The client of gRPC lets them through where the connection breaks in the middle of a write.
            throw new RpcException(new(StatusCode.Unavailable, "the connection broke", exception));
        }
    }
}
