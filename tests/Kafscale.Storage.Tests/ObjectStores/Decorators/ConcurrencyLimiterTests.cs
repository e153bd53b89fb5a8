using CsCheck;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class ConcurrencyLimiterTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _clock = new();
    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices());
    private readonly RecordedMetrics _recorded;

    public ConcurrencyLimiterTests()
    {
        _recorded = new RecordedMetrics(_metrics.Meter);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _recorded.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public async Task Whoever_comes_when_all_places_are_taken_waits_until_one_is_free()
    {
        var limiter = Limiter(new LaneLimit(2));
        await limiter.EnterAsync(0, Cancellation);
        await limiter.EnterAsync(0, Cancellation);
        var third = limiter.EnterAsync(0, Cancellation).AsTask();
        Assert.False(third.IsCompleted);
        limiter.Leave(0);
        await third.WaitAsync(Patience);
        Assert.Equal((2, 0), (limiter.InFlight, limiter.Queued));
    }

    [Fact]
    public async Task The_places_are_given_in_the_order_of_coming()
    {
        var limiter = Limiter(new LaneLimit(1));
        await limiter.EnterAsync(0, Cancellation);
        var waiting = Enumerable.Range(0, 20).Select(_ => limiter.EnterAsync(0, Cancellation).AsTask()).ToArray();
        foreach (var (index, next) in waiting.Index())
        {
            limiter.Leave(0);
            await next.WaitAsync(Patience);
            Assert.All(waiting[(index + 1)..], later => Assert.False(later.IsCompleted));
        }
    }

    [Fact]
    public async Task A_large_request_is_not_overtaken_by_small_ones_for_ever()
    {
        var limiter = Limiter(new LaneLimit(10, Bytes: 100));
        await limiter.EnterAsync(60, Cancellation);
        var large = limiter.EnterAsync(80, Cancellation).AsTask();
        var small = limiter.EnterAsync(10, Cancellation).AsTask();
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        limiter.Leave(60);
        await Task.WhenAll(large, small).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_request_larger_than_everything_passes_alone()
    {
        var limiter = Limiter(new LaneLimit(10, Bytes: 100));
        await limiter.EnterAsync(1, Cancellation);
        var giant = limiter.EnterAsync(1000, Cancellation).AsTask();
        Assert.False(giant.IsCompleted);
        limiter.Leave(1);
        await giant.WaitAsync(Patience);
        var next = limiter.EnterAsync(1, Cancellation).AsTask();
        Assert.False(next.IsCompleted);
        limiter.Leave(1000);
        await next.WaitAsync(Patience);
    }

    [Fact]
    public async Task Whoever_is_cancelled_leaves_the_queue_and_lets_the_next_one_pass()
    {
        using var cancellation = new CancellationTokenSource();
        var limiter = Limiter(new LaneLimit(10, Bytes: 100));
        await limiter.EnterAsync(60, Cancellation);
        var large = limiter.EnterAsync(80, cancellation.Token).AsTask();
        var small = limiter.EnterAsync(10, Cancellation).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.WaitAsync(Patience));
        await small.WaitAsync(Patience);
        Assert.Equal((2, 0), (limiter.InFlight, limiter.Queued));
    }

    [Fact]
    public async Task Where_too_many_wait_the_next_one_is_told_to_come_back_later()
    {
        var limiter = Limiter(new LaneLimit(1, Queued: 1));
        await limiter.EnterAsync(0, Cancellation);
        var waiting = limiter.EnterAsync(0, Cancellation).AsTask();
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(async () => await limiter.EnterAsync(0, Cancellation));
        Assert.Equal(ObjectStoreFailure.Throttled, exception.Failure);
        limiter.Leave(0);
        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task Waits_and_places_are_published()
    {
        var limiter = Limiter(new LaneLimit(1));
        await limiter.EnterAsync(0, Cancellation);
        var waiting = limiter.EnterAsync(0, Cancellation).AsTask();
        Assert.Equal(1, _recorded.Observe("kafscale_object_store_lane_in_flight{lane=test}"));
        Assert.Equal(1, _recorded.Observe("kafscale_object_store_lane_queued{lane=test}"));
        _clock.Advance(TimeSpan.FromSeconds(3));
        limiter.Leave(0);
        await waiting.WaitAsync(Patience);
        Assert.Equal(3, _recorded.Sum("kafscale_object_store_lane_wait_seconds{lane=test}"));
        Assert.Equal(2, _recorded.Count("kafscale_object_store_lane_wait_seconds{lane=test}"));
        Assert.Equal(0, _recorded.Observe("kafscale_object_store_lane_queued{lane=test}"));
    }

    [Fact]
    public void For_any_arrivals_departures_and_cancellations_the_limits_hold_and_nobody_is_forgotten() =>
        Gen.Select(Gen.Int[1, 4], Gen.Long[1, 100], Gen.Select(Gen.Int[0, 2], Gen.Int[0, 120]).Array[1, 80]).Sample(
            (requests, bytes, steps) =>
            {
                var limiter = Limiter(new LaneLimit(requests, bytes));
                var queue = new List<(long Bytes, Task Turn, CancellationTokenSource Cancellation)>();
                var inFlight = new List<long>();
                foreach (var (kind, number) in steps)
                {
                    if (kind == 0)
                    {
                        var cancellation = new CancellationTokenSource();
                        queue.Add((number, limiter.EnterAsync(number, cancellation.Token).AsTask(), cancellation));
                    }
                    else if (kind == 1 && inFlight.Count > 0)
                    {
                        var left = inFlight[number % inFlight.Count];
                        inFlight.Remove(left);
                        limiter.Leave(left);
                    }
                    else if (kind == 2 && queue.Count > 0)
                    {
                        var given = queue[number % queue.Count];
                        queue.Remove(given);
                        given.Cancellation.Cancel();
                    }

                    // What a queue would do that lets the first pass as long as there is room.
                    while (queue.Count > 0 && inFlight.Count < requests && (inFlight.Count == 0 || inFlight.Sum() + queue[0].Bytes <= bytes))
                    {
                        Assert.True(queue[0].Turn.Wait(Patience), "Whoever has room waits all the same.");
                        inFlight.Add(queue[0].Bytes);
                        queue.RemoveAt(0);
                    }

                    Assert.All(queue, waiting => Assert.False(waiting.Turn.IsCompleted));
                    Assert.Equal((inFlight.Count, queue.Count), (limiter.InFlight, limiter.Queued));
                }
            });

    [Fact]
    public async Task With_many_threads_never_more_are_inside_than_may_be_and_all_get_their_turn()
    {
        const int Places = 3;
        const int Bytes = 50;
        var limiter = Limiter(new LaneLimit(Places, Bytes));
        var inside = 0;
        var bytesInside = 0;
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(worker => Task.Run(async () =>
        {
            var random = new Random(worker);
            for (var i = 0; i < 500; i++)
            {
                using var cancellation = new CancellationTokenSource();
                var bytes = random.Next(1, 40);
                var turn = limiter.EnterAsync(bytes, cancellation.Token).AsTask();
                if (random.Next(4) == 0)
                    await cancellation.CancelAsync();
                try
                {
                    await turn.WaitAsync(Patience);
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                Assert.InRange(Interlocked.Increment(ref inside), 1, Places);
                Assert.InRange(Interlocked.Add(ref bytesInside, bytes), 1, Bytes);
                await Task.Yield();
                Interlocked.Add(ref bytesInside, -bytes);
                Interlocked.Decrement(ref inside);
                limiter.Leave(bytes);
                Interlocked.Increment(ref done);
            }
        })));
        Assert.InRange(done, 16 * 250, 16 * 500);
        Assert.Equal((0, 0), (limiter.InFlight, limiter.Queued));
    }

    private ConcurrencyLimiter Limiter(LaneLimit limit) => new("test", limit, _clock, _metrics);
}
