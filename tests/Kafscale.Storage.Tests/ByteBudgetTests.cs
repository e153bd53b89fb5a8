using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests;

public sealed class ByteBudgetTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Who_waits_is_served_in_order_even_where_one_behind_would_fit()
    {
        var budget = new ByteBudget(100, _time);
        await budget.AcquireAsync(80, default);
        var large = budget.AcquireAsync(90, default).AsTask();
        var small = budget.AcquireAsync(10, default).AsTask();

        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        Assert.False(budget.TryAcquire(1));
        budget.Release(80);
        await large.WaitAsync(Patience);
        await small.WaitAsync(Patience);
        Assert.Equal(100, budget.UsedBytes);
        Assert.Equal(2, budget.WaitCount);
    }

    [Fact]
    public async Task Who_gives_up_takes_nothing_and_lets_the_next_one_pass()
    {
        var budget = new ByteBudget(100, _time);
        using var giveUp = new CancellationTokenSource();
        await budget.AcquireAsync(50, default);
        var large = budget.AcquireAsync(100, giveUp.Token).AsTask();
        var small = budget.AcquireAsync(50, default).AsTask();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.WaitAsync(Patience));
        await small.WaitAsync(Patience);
        Assert.Equal(100, budget.UsedBytes);
    }

    [Fact]
    public async Task More_than_the_whole_is_had_alone()
    {
        var budget = new ByteBudget(100, _time);
        await budget.AcquireAsync(1, default);
        var large = budget.AcquireAsync(long.MaxValue, default).AsTask();
        Assert.False(large.IsCompleted);

        budget.Release(1);

        await large.WaitAsync(Patience);
        Assert.False(budget.TryAcquire(1));
        budget.Release(long.MaxValue);
        Assert.True(budget.TryAcquire(100));
    }

    [Fact]
    public async Task Waits_are_measured_while_they_go_on_and_after()
    {
        var budget = new ByteBudget(100, _time);
        using var giveUp = new CancellationTokenSource();
        await budget.AcquireAsync(100, default);
        var first = budget.AcquireAsync(100, default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(3));
        var second = budget.AcquireAsync(100, giveUp.Token).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(5), budget.WaitTime);

        budget.Release(100);
        await first.WaitAsync(Patience);
        _time.Advance(TimeSpan.FromSeconds(2));
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(Patience));
        _time.Advance(TimeSpan.FromSeconds(9));

        Assert.Equal(TimeSpan.FromSeconds(7), budget.WaitTime);
    }

    [Fact]
    public async Task Nothing_is_lost_where_grants_and_cancellations_race()
    {
        var budget = new ByteBudget(1000, _time);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                var bytes = random.Next(1, 1100);
                using var giveUp = new CancellationTokenSource();
                var acquiring = budget.AcquireAsync(bytes, giveUp.Token);
                if (random.Next(3) == 0)
                {
                    await giveUp.CancelAsync();
                }

                try
                {
                    await acquiring;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                await Task.Yield();
                budget.Release(bytes);
            }
        }))).WaitAsync(Patience);

        Assert.Equal(0, budget.UsedBytes);
    }

    [Fact]
    public void More_than_is_held_is_not_taken_back() =>
        Assert.Throws<InvalidOperationException>(() => new ByteBudget(100, _time).Release(1));
}
