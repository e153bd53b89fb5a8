using Grpc.Core;
using Headers = Grpc.Core.Metadata;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>One watch on one endpoint, which ends when another endpoint is used instead.</summary>
internal sealed class EtcdWatchStream : IDisposable
{
    private readonly AsyncDuplexStreamingCall<WatchRequest, WatchResponse> _call;
    private readonly CancellationTokenSource _ending;

    private EtcdWatchStream(EtcdStay stay, Headers headers, CancellationToken cancellationToken)
    {
        Stay = stay;
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stay.Left);
        _call = stay.Endpoint.Watches.Watch(headers, cancellationToken: _ending.Token);
    }

    public EtcdStay Stay { get; }

    /// <summary>The member's revision when it had made the watch.</summary>
    public long CreatedAtRevision { get; private set; }

    /// <summary>Opens a watch.</summary>
    /// <param name="stay">Where.</param>
    /// <param name="opening">What goes along with the request, and when to give up opening.</param>
    /// <param name="range">The keys of interest.</param>
    /// <param name="startRevision">From when on.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RpcException">The endpoint refused or was not reached.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time, or the token was cancelled.</exception>
    public static async Task<EtcdWatchStream> OpenAsync(
        EtcdStay stay, CallOptions opening, KeyRange range, long startRevision, CancellationToken cancellationToken)
    {
        var stream = new EtcdWatchStream(stay, opening.Headers!, cancellationToken);
        try
        {
            using var givingUp = opening.CancellationToken.UnsafeRegister(
                static ending => ((CancellationTokenSource)ending!).Cancel(), stream._ending);
            var (key, end) = EtcdMessages.Bounds(range);
            await stream._call.RequestStream.SendAsync(
                new() { CreateRequest = new() { Key = key, RangeEnd = end, StartRevision = startRevision, Fragment = true } }, stream._ending.Token);
            stream.CreatedAtRevision = (await stream.ReadAsync()).Header.Revision;
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The next message.</summary>
    /// <exception cref="RevisionCompactedException">The revisions to go on from are no longer kept.</exception>
    /// <exception cref="RpcException">The stream has ended.</exception>
    /// <exception cref="OperationCanceledException">Another endpoint is used, or the token was cancelled.</exception>
    public async Task<WatchResponse> ReadAsync()
    {
        if (!await _call.ResponseStream.MoveNext(_ending.Token))
        {
            throw new RpcException(new(StatusCode.Unavailable, "the watch was closed"));
        }

        var response = _call.ResponseStream.Current;
        if (response.CompactRevision != 0)
        {
            throw new RevisionCompactedException(response.CompactRevision);
        }

        return response.Canceled ? throw EtcdErrors.WatchCancelled(response.CancelReason) : response;
    }

    /// <summary>The next message; asks how far the watch has come while there is none.</summary>
    /// <inheritdoc cref="ReadAsync()"/>
    public async Task<WatchResponse> ReadAsync(TimeSpan progressInterval, TimeProvider timeProvider)
    {
        var message = ReadAsync();
        while (!message.IsCompleted)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token);
            var isLate = await Task.WhenAny(message, Task.Delay(progressInterval, timeProvider, waiting.Token)) != message;
            await waiting.CancelAsync();
            try
            {
                if (isLate)
                {
                    await _call.RequestStream.SendAsync(new() { ProgressRequest = new() }, _ending.Token);
                }
            }
            catch (Exception exception) when (exception is RpcException or InvalidOperationException or OperationCanceledException)
            {
                // The call has ended; why is with the message that does not come.
                break;
            }
        }

        return await message;
    }

    /// <summary>Ends the watch, here and on the server.</summary>
    public void Dispose()
    {
        _call.Dispose();
        _ending.Dispose();
    }
}
