using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.Health;

public sealed class ObjectStoreHealthMonitorTests
{
    private static readonly TimeSpan Fast = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(60)]
    public void An_ordinary_tail_does_not_change_the_state_in_hours(double operationsPerSecond)
    {
        var load = new StoreLoad();

        load.Run(Hour * 3, operationsPerSecond, () => Complete(load, load.Chance(0.01) ? load.Between(1_000, 9_000) : load.Lognormal(100)));

        Assert.Equal(0, load.Changes);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(20)]
    public void Throttling_of_three_requests_in_ten_does_not_change_the_state_in_hours(double operationsPerSecond)
    {
        var load = new StoreLoad();

        load.Run(Hour * 3, operationsPerSecond, () => Fail(load, 0.3, ObjectStoreOutcome.Throttled));

        Assert.Equal(0, load.Changes);
        Assert.InRange(load.Monitor.ErrorRate, 0.05, 0.6);
    }

    [Fact]
    public void One_error_in_a_quiet_window_says_nothing()
    {
        var load = new StoreLoad();

        load.Run(Hour, 0.02, () => load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Unavailable));

        Assert.Equal(0, load.Changes);
        Assert.Equal(1, load.Monitor.ErrorRate);
    }

    [Fact]
    public void A_few_errors_among_many_operations_say_nothing()
    {
        var load = new StoreLoad();

        load.Run(Hour, 20, () => Fail(load, 0.05, ObjectStoreOutcome.Unavailable));

        Assert.Equal(0, load.Changes);
    }

    [Theory]
    [InlineData(ObjectStoreOutcome.Unavailable)]
    [InlineData(ObjectStoreOutcome.Throttled)]
    [InlineData(ObjectStoreOutcome.TimedOut)]
    [InlineData(ObjectStoreOutcome.Denied)]
    [InlineData(ObjectStoreOutcome.Rejected)]
    public void A_store_that_fails_everything_is_unavailable_within_eight_seconds_of_full_load(ObjectStoreOutcome outcome)
    {
        var load = new StoreLoad();
        load.Run(Minute * 2, 100, () => Fail(load, 0, outcome));

        var noticed = load.Run(Minute, 5, () => Fail(load, 1, outcome), () => load.State == ObjectStoreHealthState.Unavailable);

        Assert.InRange(noticed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public void A_store_that_works_again_is_healthy_within_eight_seconds()
    {
        var load = new StoreLoad();
        load.Run(Minute, 5, () => Fail(load, 1, ObjectStoreOutcome.Unavailable));
        Assert.Equal(ObjectStoreHealthState.Unavailable, load.State);

        var noticed = load.Run(Minute, 4, () => Fail(load, 0, ObjectStoreOutcome.Unavailable), () => load.State == ObjectStoreHealthState.Healthy);

        Assert.InRange(noticed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public void Writes_that_fail_are_not_hidden_by_many_reads_that_succeed()
    {
        var load = new StoreLoad();

        load.Run(Minute, 200, () => load.Complete(load.Chance(0.98) ? ObjectStoreOperation.Get : ObjectStoreOperation.Put));
        load.Run(Minute, 200, () =>
        {
            var isRead = load.Chance(0.98);
            load.Complete(isRead ? ObjectStoreOperation.Get : ObjectStoreOperation.Put, isRead ? ObjectStoreOutcome.Success : ObjectStoreOutcome.Unavailable);
        });

        Assert.Equal(ObjectStoreHealthState.Unavailable, load.State);
        Assert.Contains("writes", load.Monitor.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Deletions_that_fail_do_not_keep_clients_out()
    {
        var load = new StoreLoad();

        load.Run(Minute, 10, () => load.Complete(ObjectStoreOperation.Delete, ObjectStoreOutcome.Denied));

        Assert.Equal(0, load.Changes);
        Assert.Equal(1, load.Monitor.ErrorRate);
    }

    [Theory]
    [InlineData(ObjectStoreOperation.Get, ObjectStoreOutcome.NotFound)]
    [InlineData(ObjectStoreOperation.Put, ObjectStoreOutcome.AlreadyExists)]
    [InlineData(ObjectStoreOperation.Get, ObjectStoreOutcome.Cancelled)]
    public void An_answer_that_is_no_trouble_is_no_error(ObjectStoreOperation operation, ObjectStoreOutcome outcome)
    {
        var load = new StoreLoad();

        load.Run(Minute, 10, () => load.Complete(operation, outcome));

        Assert.Equal(0, load.Changes);
        Assert.Equal(0, load.Monitor.ErrorRate);
    }

    [Fact]
    public void A_store_that_has_become_far_slower_is_degraded_and_one_that_hardly_moves_is_unavailable()
    {
        var load = new StoreLoad();
        load.Run(Minute * 5, 10, () => Complete(load, load.Lognormal(100)));

        load.Run(Minute, 10, () => Complete(load, load.Lognormal(1_600)));
        Assert.Equal(ObjectStoreHealthState.Degraded, load.State);
        Assert.Contains("slow", load.Monitor.Status.Reason, StringComparison.Ordinal);
        load.Run(Minute, 4, () => Complete(load, load.Lognormal(9_000)));
        Assert.Equal(ObjectStoreHealthState.Unavailable, load.State);

        load.Run(Minute, 4, () => Complete(load, load.Lognormal(100)));
        Assert.Equal(ObjectStoreHealthState.Healthy, load.State);
    }

    [Fact]
    public void A_store_that_is_several_times_slower_than_usual_but_still_quick_is_healthy()
    {
        var load = new StoreLoad();
        load.Run(Hour, 10, () => Complete(load, load.Lognormal(3)));

        load.Run(Hour, 10, () => Complete(load, load.Lognormal(100)));

        Assert.Equal(0, load.Changes);
    }

    [Fact]
    public void A_store_that_has_always_been_slow_is_as_it_should_be()
    {
        var load = new StoreLoad();

        load.Run(Hour, 2, () => Complete(load, load.Lognormal(1_500)));

        Assert.Equal(0, load.Changes);
    }

    [Fact]
    public void Large_bodies_may_take_longer_than_small_ones()
    {
        var load = new StoreLoad();

        load.Run(Hour, 5, () =>
        {
            load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, load.Lognormal(1_700), 8 << 20);
            load.Complete(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, load.Lognormal(30), 4 << 10);
        });
        Assert.Equal(0, load.Changes);

        load.Run(Minute, 5, () => load.Complete(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, load.Lognormal(1_700), 4 << 10));
        Assert.Equal(ObjectStoreHealthState.Degraded, load.State);
    }

    [Fact]
    public void What_is_normal_is_learned_by_time_and_not_by_the_number_of_operations_in_trouble()
    {
        var load = new StoreLoad();
        load.Run(Hour, 5, () => Complete(load, load.Lognormal(100)));

        load.Run(Minute * 5, 500, () => Complete(load, load.Lognormal(2_000)));

        Assert.Equal(ObjectStoreHealthState.Degraded, load.State);
    }

    [Theory]
    [InlineData(0.45)]
    [InlineData(0.55)]
    [InlineData(0.7)]
    [InlineData(0.85)]
    public void A_steady_share_of_errors_does_not_make_the_state_flap(double share)
    {
        var load = new StoreLoad();

        load.Run(Hour, 6, () => Fail(load, share, ObjectStoreOutcome.Throttled));

        Assert.InRange(load.Changes, 0, 30);
    }

    [Fact]
    public void A_change_of_state_ends_the_one_before_is_told_and_is_remembered_with_its_reason()
    {
        var load = new StoreLoad();
        var told = new List<ObjectStoreHealthStatus>();
        load.Monitor.Changed += told.Add;
        var first = load.Monitor.Status;

        load.Run(Minute, 5, () => Fail(load, 1, ObjectStoreOutcome.Throttled));
        load.Run(Minute, 5, () => Fail(load, 0, ObjectStoreOutcome.Throttled));

        Assert.True(first.Ended.IsCancellationRequested);
        Assert.Equal(
            [ObjectStoreHealthState.Unavailable, ObjectStoreHealthState.Degraded, ObjectStoreHealthState.Healthy], told.Select(status => status.State));
        Assert.Equal([first, .. told], load.Monitor.History);
        Assert.Contains("throttled", told[0].Reason, StringComparison.Ordinal);
        Assert.False(load.Monitor.Status.Ended.IsCancellationRequested);
        Assert.InRange(load.Monitor.TimeInState, TimeSpan.FromSeconds(45), Minute);
    }

    [Fact]
    public void The_history_is_bounded()
    {
        var load = new StoreLoad();
        for (var i = 0; i < ObjectStoreHealthMonitor.HistoryLength; i++)
        {
            load.Run(TimeSpan.FromSeconds(20), 5, () => Fail(load, 1, ObjectStoreOutcome.Throttled));
            load.Run(TimeSpan.FromSeconds(20), 5, () => Fail(load, 0, ObjectStoreOutcome.Throttled));
        }

        Assert.Equal(ObjectStoreHealthMonitor.HistoryLength, load.Monitor.History.Count);
        Assert.Same(load.Monitor.Status, load.Monitor.History[^1]);
    }

    [Fact]
    public void The_rates_are_those_of_the_window()
    {
        var load = new StoreLoad(options: new ObjectStoreHealthOptions { Window = TimeSpan.FromSeconds(10) });
        load.Complete(ObjectStoreOperation.Get, ObjectStoreOutcome.Unavailable, Fast);
        load.Time.Advance(TimeSpan.FromSeconds(11));
        load.Complete(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, TimeSpan.FromMilliseconds(10));
        load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, TimeSpan.FromMilliseconds(30));

        Assert.Equal(0, load.Monitor.ErrorRate);
        Assert.Equal(Fast, load.Monitor.MeanLatency);
    }

    [Theory]
    [InlineData(9, 1_000, 3_000, 0.5, 0.8)]
    [InlineData(60, 3_000, 1_000, 0.5, 0.8)]
    [InlineData(60, 0, 1_000, 0.5, 0.8)]
    [InlineData(60, 1_000, 3_000, 0, 0.8)]
    [InlineData(60, 1_000, 3_000, 0.5, 1.1)]
    [InlineData(60, 1_000, 3_000, 0.5, 0.4)]
    public void Options_that_make_no_sense_are_refused(int windowSec, int warnMs, int critMs, double warnRate, double critRate) =>
        Assert.Throws<ArgumentException>(() => new StoreLoad(options: new ObjectStoreHealthOptions
        {
            Window = TimeSpan.FromSeconds(windowSec),
            LatencyWarn = TimeSpan.FromMilliseconds(warnMs),
            LatencyCrit = TimeSpan.FromMilliseconds(critMs),
            ErrorRateWarn = warnRate,
            ErrorRateCrit = critRate,
        }));

    private static void Complete(StoreLoad load, TimeSpan duration) =>
        load.Complete(load.Chance(0.5) ? ObjectStoreOperation.Put : ObjectStoreOperation.Get, ObjectStoreOutcome.Success, duration, 4_096);

    private static void Fail(StoreLoad load, double share, ObjectStoreOutcome outcome) =>
        load.Complete(ObjectStoreOperation.Put, load.Chance(share) ? outcome : ObjectStoreOutcome.Success, Fast);
}
