using System.Runtime.CompilerServices;
using Grpc.Core;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>Watches that go on from one endpoint to the next without gap or repetition.</summary>
/// <remarks>
/// <para>A watch asks etcd for the changes of all keys, and picks those under its prefix. Every revision changes some key, so
/// each one is heard of at once. etcd can be asked how far a watch of some keys has come, but many versions answer with
/// revisions whose events are still on their way, or not at all. They are asked only where the user may not read all
/// keys, and only the versions that do it right.</para>
/// <para>A watch that begins with a revision of the past asks for the one before it, too. etcd before 3.5.18 forgets the
/// deletions of the very revision that it is compacted to, and would serve a watch from there on without them.</para>
/// </remarks>
internal sealed class EtcdWatches(EtcdEndpoints endpoints, EtcdCalls calls, TimeProvider timeProvider)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(50);
    private const int LongestPauseDoublings = 4;

    // Of the user's rights, which seldom change: found out once.
    private volatile bool _isLimitedToPrefixes;

    /// <summary>As <see cref="IMetadataStore.WatchAsync"/>.</summary>
    public async IAsyncEnumerable<WatchBatch> WatchAsync(
        string prefix, long fromRevision, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var nextRevision = fromRevision;
        for (var brokenInARow = 0; ; brokenInARow++)
        {
            if (brokenInARow > 1)
            {
                var pause = FirstPause * (1 << Math.Min(brokenInARow, LongestPauseDoublings));
                await Task.Delay(pause, timeProvider, cancellationToken);
            }

            using var stream = await OpenAsync(prefix, nextRevision, cancellationToken);
            var assembler = new WatchAssembler(prefix, nextRevision);
            while (await ReadAsync(stream, assembler, cancellationToken) is { } batch)
            {
                nextRevision = batch.Revision + 1;
                brokenInARow = 0;
                yield return batch;
            }
        }
    }

    /// <summary>Finds out which revision is the oldest that is kept.</summary>
    /// <param name="range">Keys that the user may read.</param>
    /// <param name="revision">One that is not kept.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<long> FindCompactRevisionAsync(KeyRange range, long revision, CancellationToken cancellationToken)
    {
        try
        {
            return await calls.SendAsync(
                async (stay, request, options) =>
                {
                    using var stream = await EtcdWatchStream.OpenAsync(stay, options, request, revision, options.CancellationToken);
                    await stream.ReadAsync();
                    return revision;
                },
                range,
                EtcdEffect.None,
                cancellationToken);
        }
        catch (RevisionCompactedException exception)
        {
            return exception.CompactRevision;
        }
        catch (Exception exception) when (exception is MetadataUnavailableException or EtcdRequestException)
        {
            return revision + 1;
        }
    }

    private async Task<EtcdWatchStream> OpenAsync(string prefix, long fromRevision, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(KeyRange.Prefix(_isLimitedToPrefixes ? prefix : ""), fromRevision, cancellationToken);
        }
        catch (EtcdRequestException exception) when (exception.Error == EtcdError.WatchDenied && !_isLimitedToPrefixes && prefix.Length > 0)
        {
            await CheckThatProgressCanBeAskedForAsync(exception, cancellationToken);
            _isLimitedToPrefixes = true;
            return await OpenAsync(prefix, fromRevision, cancellationToken);
        }
        catch (EtcdRequestException exception)
        {
            throw new MetadataUnavailableException($"etcd does not let its user watch the keys '{prefix}'.", exception);
        }
    }

    private ValueTask<EtcdWatchStream> OpenAsync(KeyRange range, long fromRevision, CancellationToken cancellationToken) =>
        calls.SendAsync(
            async (stay, request, options) =>
            {
                var stream = await EtcdWatchStream.OpenAsync(stay, options, request, fromRevision, cancellationToken);
                if (stream.CreatedAtRevision < fromRevision || fromRevision == 1)
                {
                    return stream;
                }

                stream.Dispose();
                return await EtcdWatchStream.OpenAsync(stay, options, request, fromRevision - 1, cancellationToken);
            },
            range,
            EtcdEffect.None,
            cancellationToken);

    /// <summary>The next batch; null where the stream has ended and another one may go on.</summary>
    private async ValueTask<WatchBatch?> ReadAsync(EtcdWatchStream stream, WatchAssembler assembler, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var response = await (_isLimitedToPrefixes ? stream.ReadAsync(ProgressInterval, timeProvider) : stream.ReadAsync());
                var batch = response.Events.Count > 0
                    ? assembler.Add(response)
                    : _isLimitedToPrefixes ? assembler.Progress(response.Header.Revision) : null;
                if (batch is not null)
                {
                    return batch;
                }
            }
        }
        catch (Exception exception) when (exception is RpcException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            endpoints.Leave(stream.Stay);
            return null;
        }
    }

    private async ValueTask CheckThatProgressCanBeAskedForAsync(Exception cause, CancellationToken cancellationToken)
    {
        var status = await calls.SendAsync(
            static (stay, request, options) => stay.Endpoint.Maintenance.StatusAsync(request, options).ResponseAsync,
            new StatusRequest(),
            EtcdEffect.None,
            cancellationToken);
        var isRight = Version.TryParse(status.Version, out var version) && version switch
        {
            { Major: 3, Minor: < 4 } => false,
            { Major: 3, Minor: 4 } => version.Build >= 31,
            { Major: 3, Minor: 5 } => version.Build >= 13,
            _ => true,
        };
        if (!isRight)
        {
            throw new MetadataUnavailableException(
                $"etcd {status.Version} cannot tell reliably how far a watch of some keys has come, and its user may not watch all keys: "
                + "grant the user's role read permission on all keys (etcdctl role grant-permission ROLE read \"\" --prefix), or use "
                + "etcd 3.4.31, 3.5.13 or later.",
                cause);
        }
    }
}
