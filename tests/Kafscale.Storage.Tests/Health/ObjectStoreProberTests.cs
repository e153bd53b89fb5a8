using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.Health;

public sealed class ObjectStoreProberTests : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly StoreLoad _load = new();
    private readonly ObservedStore _store;
    private readonly ObjectStoreProber _prober;

    public ObjectStoreProberTests()
    {
        _store = new ObservedStore(_load.Monitor, _load.Time);
        _prober = new ObjectStoreProber(_store, _load.Monitor, "probe", _load.Time, new Random(1));

        // Everything then happens within the advance of the virtual clock.
        SynchronizationContext.SetSynchronizationContext(null);
        _prober.Start();
    }

    [Fact]
    public void An_idle_broker_asks_at_most_twice_a_minute_and_only_by_reads()
    {
        Pass(TimeSpan.FromHours(1));

        Assert.InRange(_store.Begun.Count, 30, 125);
        Assert.All(_store.Begun, operation => Assert.Equal(ObjectStoreOperation.Get, operation));
    }

    [Fact]
    public void A_busy_broker_does_not_ask()
    {
        Pass(TimeSpan.FromMinutes(5), () => _load.Complete(ObjectStoreOperation.Put));

        Assert.Empty(_store.Begun);
    }

    [Fact]
    public void A_store_that_suddenly_answers_nothing_is_unavailable_within_twelve_seconds()
    {
        Pass(TimeSpan.FromMinutes(2), () => _load.Complete(ObjectStoreOperation.Put));
        _store.Behaviour = _ => (null, ObjectStoreOutcome.Success);

        Assert.InRange(TimeUntil(ObjectStoreHealthState.Unavailable), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void An_idle_store_that_answers_nothing_is_noticed_without_any_client()
    {
        Pass(TimeSpan.FromMinutes(2));
        _store.Behaviour = _ => (null, ObjectStoreOutcome.Success);

        Assert.InRange(TimeUntil(ObjectStoreHealthState.Unavailable), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(45));
    }

    [Fact]
    public void One_failed_write_on_an_idle_broker_is_asked_after_and_decides_nothing_where_the_store_works()
    {
        Pass(TimeSpan.FromMinutes(2));
        _load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Unavailable);
        Pass(TimeSpan.FromMinutes(1));

        Assert.Single(_store.Begun, operation => operation == ObjectStoreOperation.Put);
        Assert.Equal(0, _load.Changes);
    }

    [Fact]
    public void One_failed_write_on_an_idle_broker_leads_to_the_truth_where_the_store_is_gone()
    {
        Pass(TimeSpan.FromMinutes(2));
        _store.Behaviour = _ => (Step, ObjectStoreOutcome.Unavailable);
        _load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Unavailable);

        Assert.InRange(TimeUntil(ObjectStoreHealthState.Unavailable), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void Recovery_from_silence_is_noticed_without_any_client_within_eight_seconds()
    {
        _store.Behaviour = _ => (null, ObjectStoreOutcome.Success);
        TimeUntil(ObjectStoreHealthState.Unavailable);
        Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(ObjectStoreHealthState.Unavailable, _load.State);
        Assert.InRange(_store.Begun.Count, 1, 12 * 120);
        _store.Behaviour = _ => (Step, ObjectStoreOutcome.NotFound);

        Assert.InRange(TimeUntil(ObjectStoreHealthState.Healthy), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void A_store_that_can_be_read_but_not_written_stays_unavailable_until_it_can_be_written()
    {
        _store.Behaviour = operation => (Step, operation == ObjectStoreOperation.Put ? ObjectStoreOutcome.Denied : ObjectStoreOutcome.Success);
        Pass(TimeSpan.FromSeconds(20), () => _load.Complete(ObjectStoreOperation.Put, ObjectStoreOutcome.Denied));
        Assert.Equal(ObjectStoreHealthState.Unavailable, _load.State);
        Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(ObjectStoreHealthState.Unavailable, _load.State);
        Assert.Equal(1, _load.Changes);

        _store.Behaviour = _ => (Step, ObjectStoreOutcome.Success);
        Assert.InRange(TimeUntil(ObjectStoreHealthState.Healthy), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task It_stops_at_once_while_probes_hang()
    {
        _store.Behaviour = _ => (null, ObjectStoreOutcome.Success);
        TimeUntil(ObjectStoreHealthState.Unavailable);

        await _prober.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _prober.DisposeAsync();
        _load.Monitor.Dispose();
    }

    private void Pass(TimeSpan time, Action? eachStep = null)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += Step)
        {
            _load.Time.Advance(Step);
            eachStep?.Invoke();
        }
    }

    private TimeSpan TimeUntil(ObjectStoreHealthState state)
    {
        var passed = TimeSpan.Zero;
        for (; _load.State != state && passed < TimeSpan.FromMinutes(2); passed += Step)
        {
            _load.Time.Advance(Step);
        }

        return passed;
    }
}
