using Kafscale.Metadata.Memory;
using Kafscale.Metadata.Tests.Contract;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Metadata.Tests.Memory;

public sealed class MemoryMetadataStoreTests : MetadataStoreContract
{
    private readonly FakeTimeProvider _time = new();

    protected override ValueTask<IMetadataStore> OpenStoreAsync() => new(new MemoryMetadataStore(_time));

    protected override ValueTask PassTimeAsync(TimeSpan time)
    {
        _time.Advance(time);
        return default;
    }

    [Fact]
    public async Task The_first_change_of_an_empty_store_makes_revision_2()
    {
        Assert.Equal(1, await RevisionAsync());
        Assert.Equal(2, await PutAsync("a"));
    }

    [Fact]
    public async Task A_lease_ends_at_its_time_to_live_and_not_before()
    {
        var lease = await Store.GrantLeaseAsync(TimeSpan.FromSeconds(9), Token);
        await PutAsync("a", leaseId: lease);

        _time.Advance(TimeSpan.FromSeconds(8.999));
        Assert.NotNull(await FindAsync("a"));

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Null(await FindAsync("a"));
    }

    [Fact]
    public async Task Calls_complete_at_once_so_that_a_simulation_stays_on_its_thread()
    {
        var lease = Store.GrantLeaseAsync(TimeSpan.FromSeconds(9), Token).AsTask();
        Assert.True(lease.IsCompletedSuccessfully);
        Assert.True(Store.CommitAsync(new() { Then = [Put("a", "", await lease)] }, Token).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.RangeAsync(All, 0, 0, Token).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.KeepLeaseAliveAsync(await lease, Token).AsTask().IsCompletedSuccessfully);
        Assert.True(Store.RevokeLeaseAsync(await lease, Token).AsTask().IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_watcher_does_not_run_inside_the_commit_that_wakes_it()
    {
        var revision = await RevisionAsync();
        await using var watch = Store.WatchAsync(Root, revision + 1, Token).GetAsyncEnumerator(Token);
        var context = new QueueingContext();
        Task<bool> next;
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            next = watch.MoveNextAsync().AsTask();
            _ = Store.CommitAsync(new() { Then = [Put("a")] }, Token).AsTask();

            Assert.False(next.IsCompleted);
            Assert.Equal(1, context.RunAll());
            Assert.True(next.IsCompletedSuccessfully);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        Assert.True(await next);
    }

    [Fact]
    public async Task A_cancelled_watcher_wakes_on_its_own_context()
    {
        using var cancellation = new CancellationTokenSource();
        await using var watch = Store.WatchAsync(Root, 2, cancellation.Token).GetAsyncEnumerator(Token);
        var context = new QueueingContext();
        Task<bool> next;
        var before = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            next = watch.MoveNextAsync().AsTask();
#pragma warning disable CA1849 // The asynchronous form leaves the context.
            cancellation.Cancel();
#pragma warning restore CA1849

            Assert.False(next.IsCompleted);
            Assert.Equal(1, context.RunAll());
            Assert.True(next.IsCompleted);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(before);
        }

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Disposing_the_store_ends_its_watches_and_refuses_calls()
    {
        var watch = WatchAsync(2, 1);

        await Store.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => watch);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => PutAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => FindAsync("a"));
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Store.GrantLeaseAsync(TimeSpan.FromSeconds(1), Token));
    }
}
