using Kafscale.Testing;

namespace Kafscale.Metadata.Tests.Etcd;

/// <summary>Follows a watch of everything, and finds it wrong where a revision is left out, repeated or split.</summary>
internal sealed class WatchedRevisions : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _ending;
    private readonly Task _watching;
    private long _newest;

    public WatchedRevisions(IMetadataStore store, long fromRevision, CancellationToken cancellationToken)
    {
        _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _newest = fromRevision - 1;
        _watching = Task.Run(() => WatchAsync(store), CancellationToken.None);
    }

    /// <summary>Waits until the watch has delivered a revision.</summary>
    public Task HaveReachedAsync(long revision) => Eventually.HoldsAsync(
        async () =>
        {
            if (_watching.IsCompleted)
            {
                await _watching;
            }

            return Volatile.Read(ref _newest) >= revision;
        },
        Patience);

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        try
        {
            await _watching;
        }
        catch (OperationCanceledException)
        {
            // As it was told to.
        }

        _ending.Dispose();
    }

    private async Task WatchAsync(IMetadataStore store)
    {
        // A consumer goes on where a watch ended because the store was not available.
        while (true)
        {
            try
            {
                await foreach (var batch in store.WatchAsync("", Volatile.Read(ref _newest) + 1, _ending.Token))
                {
                    var revisions = batch.Changes.Select(change => change.Revision).Distinct().ToArray();
                    Assert.Equal(Enumerable.Range(0, revisions.Length).Select(i => _newest + 1 + i), revisions);
                    Assert.Equal(_newest + revisions.Length, batch.Revision);
                    Volatile.Write(ref _newest, batch.Revision);
                }
            }
            catch (MetadataUnavailableException)
            {
                await Task.Yield();
            }
        }
    }
}
