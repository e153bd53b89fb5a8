using Kafscale.Operator.Kubernetes;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Operator.Tests.Kubernetes;

public sealed class WorkQueueTests
{
    private static readonly NamespacedName Orders = new("shop", "orders");
    private static readonly NamespacedName Refunds = new("shop", "refunds");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task What_is_added_often_is_taken_once()
    {
        using var queue = new WorkQueue(_time, new Random(1));
        queue.Add(Orders);
        queue.Add(Orders);
        queue.Add(Refunds);

        Assert.Equal(Orders, await queue.TakeAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Refunds, await queue.TakeAsync(TestContext.Current.CancellationToken));
        Assert.False(queue.TakeAsync(TestContext.Current.CancellationToken).AsTask().IsCompleted);
    }

    [Fact]
    public async Task What_is_added_while_somebody_has_it_comes_again_when_that_one_is_done()
    {
        using var queue = new WorkQueue(_time, new Random(1));
        queue.Add(Orders);
        await queue.TakeAsync(TestContext.Current.CancellationToken);

        queue.Add(Orders);
        var next = queue.TakeAsync(TestContext.Current.CancellationToken).AsTask();
        Assert.False(next.IsCompleted);
        queue.Done(Orders, again: null);

        Assert.Equal(Orders, await next);
    }

    [Fact]
    public async Task What_fails_again_and_again_comes_after_ever_longer_pauses_up_to_a_limit()
    {
        using var queue = new WorkQueue(_time, new Random(1));
        queue.Add(Orders);
        var pauses = new List<TimeSpan>();
        for (var i = 0; i < 12; i++)
        {
            await queue.TakeAsync(TestContext.Current.CancellationToken);
            pauses.Add(queue.Failed(Orders));
            _time.Advance(pauses[^1]);
        }

        Assert.InRange(pauses[0], TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1));
        Assert.InRange(pauses[^1], TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2.2));
        await queue.TakeAsync(TestContext.Current.CancellationToken);
        queue.Done(Orders, again: null);
        queue.Add(Orders);
        await queue.TakeAsync(TestContext.Current.CancellationToken);
        Assert.True(queue.Failed(Orders) <= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Of_two_times_to_come_again_the_earlier_one_counts()
    {
        using var queue = new WorkQueue(_time, new Random(1));
        queue.AddAfter(Orders, TimeSpan.FromMinutes(1));
        queue.AddAfter(Orders, TimeSpan.FromSeconds(1));
        queue.AddAfter(Orders, TimeSpan.FromHours(1));
        var next = queue.TakeAsync(TestContext.Current.CancellationToken).AsTask();

        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(Orders, await next);
        queue.Done(Orders, again: null);
        var none = queue.TakeAsync(TestContext.Current.CancellationToken).AsTask();
        _time.Advance(TimeSpan.FromHours(2));
        Assert.False(none.IsCompleted);
    }
}
