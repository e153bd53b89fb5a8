using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class ConcurrencyLimitedObjectStoreTests : ObjectStoreContract
{
    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices());
    private readonly InterceptedStore _inner = new(new MemoryObjectStore(TimeProvider.System));
    private readonly ConcurrencyLimiter _limiter;

    public ConcurrencyLimitedObjectStoreTests()
    {
        _limiter = new ConcurrencyLimiter("test", new LaneLimit(2, Bytes: 1 << 20), TimeProvider.System, _metrics);
    }

    [Fact]
    public async Task Never_more_requests_of_any_kind_reach_the_store_than_the_lane_allows()
    {
        var inside = 0;
        var most = 0;
        _inner.Before = async (operation, key, _) =>
        {
            // The further objects of a page are there already.
            if (operation == ObjectStoreOperation.List && key.Length > 0)
                return;
            most = Math.Max(most, Interlocked.Increment(ref inside));
            await Task.Yield();
            Interlocked.Decrement(ref inside);
        };
        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => Task.Run(async () =>
        {
            await PutAsync($"key/{number}", new byte[number]);
            await ReadWholeAsync($"key/{number}");
            await ListKeysAsync($"key/{number}", null);
            await DeleteAsync($"key/{number}");
        })));
        Assert.InRange(most, 1, 2);
        Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task Whoever_fails_gives_its_place_back()
    {
        _inner.Before = (_, _, _) => throw new IOException("As the test wants it.");
        for (var i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<IOException>(async () => await PutAsync("key", [1]));
            await Assert.ThrowsAsync<IOException>(async () => await Store.ReadAsync("key", 0, new byte[10], Cancellation));
            await Assert.ThrowsAsync<IOException>(async () => await Store.HeadAsync("key", Cancellation));
            await Assert.ThrowsAsync<IOException>(async () => await ListAsync("", null));
            await Assert.ThrowsAsync<IOException>(async () => await DeleteAsync("key"));
        }

        Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task A_listing_does_not_hold_a_place_while_its_reader_works()
    {
        await PutAsync("a", [1]);
        await PutAsync("b", [1]);
        await foreach (var _ in Store.ListAsync("", null, Cancellation))
            Assert.Equal(0, _limiter.InFlight);
    }

    [Fact]
    public async Task Whoever_is_cancelled_in_the_queue_never_reaches_the_store()
    {
        await _limiter.EnterAsync(0, Cancellation);
        await _limiter.EnterAsync(0, Cancellation);
        using var cancellation = new CancellationTokenSource();
        var head = Store.HeadAsync("key", cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => head);
        Assert.Equal(0, _inner.Begun);
        _limiter.Leave(0);
        _limiter.Leave(0);
    }

    protected override ValueTask<IObjectStore> OpenAsync() => ValueTask.FromResult<IObjectStore>(new ConcurrencyLimitedObjectStore(_inner, _limiter));

    protected override ValueTask CloseAsync()
    {
        _metrics.Dispose();
        return ValueTask.CompletedTask;
    }
}
