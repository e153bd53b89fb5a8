using Kafscale.Broker.Network;

namespace Kafscale.Broker.Tests.Network;

public sealed class ByteBudgetTests
{
    [Fact]
    public async Task Who_waits_is_served_in_order_even_where_one_behind_would_fit()
    {
        var budget = new ByteBudget(100);
        await budget.AcquireAsync(80, default);
        Task large = budget.AcquireAsync(90, default).AsTask();
        Task small = budget.AcquireAsync(10, default).AsTask();

        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        budget.Release(80);
        await large.WaitAsync(TestClient.Patience);
        await small.WaitAsync(TestClient.Patience);
        Assert.Equal(0, budget.AvailableBytes);
    }

    [Fact]
    public async Task Who_gives_up_takes_nothing_and_lets_the_next_one_pass()
    {
        var budget = new ByteBudget(100);
        using var giveUp = new CancellationTokenSource();
        await budget.AcquireAsync(50, default);
        Task large = budget.AcquireAsync(100, giveUp.Token).AsTask();
        Task small = budget.AcquireAsync(50, default).AsTask();

        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large.WaitAsync(TestClient.Patience));
        await small.WaitAsync(TestClient.Patience);
        Assert.Equal(0, budget.AvailableBytes);
    }

    [Fact]
    public async Task Nothing_is_lost_where_grants_and_cancellations_race()
    {
        var budget = new ByteBudget(1000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 2000; i++)
            {
                int bytes = random.Next(1, 900);
                using var giveUp = new CancellationTokenSource();
                ValueTask acquiring = budget.AcquireAsync(bytes, giveUp.Token);
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
        }))).WaitAsync(TestClient.Patience);

        Assert.Equal(1000, budget.AvailableBytes);
    }

    [Fact]
    public async Task More_than_the_whole_budget_is_refused() =>
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => new ByteBudget(100).AcquireAsync(101, default).AsTask());
}
