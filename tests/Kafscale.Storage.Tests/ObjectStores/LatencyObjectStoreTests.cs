using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class LatencyObjectStoreTests : ObjectStoreContract
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(1);

    [Fact]
    public void The_latencies_have_the_percentiles_that_were_asked_for()
    {
        var latency = new LognormalLatency(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300), new Random(1));
        var sorted = Enumerable.Range(0, 100_000).Select(_ => latency.Next().TotalMilliseconds).Order().ToArray();
        Assert.InRange(sorted[50_000], 98, 102);
        Assert.InRange(sorted[99_000], 290, 310);
    }

    [Fact]
    public void The_same_seed_gives_the_same_latencies()
    {
        LognormalLatency Latency() => new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(300), new Random(5));
        var (first, second) = (Latency(), Latency());
        for (var i = 0; i < 100; i++)
            Assert.Equal(first.Next(), second.Next());
    }

    [Fact]
    public async Task A_put_arrives_when_its_latency_has_passed_on_the_injected_clock()
    {
        var clock = new FakeTimeProvider();
        var inner = new MemoryObjectStore(clock);
        var constant = new LognormalLatency(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(100), new Random(1));
        var store = new LatencyObjectStore(inner, constant, constant, clock);
        var put = store.PutAsync("far/away", Bodies.Whole([1]), PutCondition.None, Cancellation).AsTask();
        clock.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(put.IsCompleted);
        Assert.Null(await inner.HeadAsync("far/away", Cancellation));
        clock.Advance(TimeSpan.FromMilliseconds(2));
        await put;
        Assert.NotNull(await inner.HeadAsync("far/away", Cancellation));
    }

    protected override ValueTask<IObjectStore> OpenAsync()
    {
        var latency = new LognormalLatency(Shortest, Shortest, new Random(1));
        return ValueTask.FromResult<IObjectStore>(
            new LatencyObjectStore(new MemoryObjectStore(TimeProvider.System), latency, latency, TimeProvider.System));
    }

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;
}
