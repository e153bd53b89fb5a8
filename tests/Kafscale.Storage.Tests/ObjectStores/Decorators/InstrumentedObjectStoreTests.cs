using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

public sealed class InstrumentedObjectStoreTests : ObjectStoreContract
{
    private static readonly TimeSpan Latency = TimeSpan.FromMilliseconds(7);

    private readonly FakeTimeProvider _clock = new();
    private readonly Observer _observer = new();
    private readonly InterceptedStore _inner;

    public InstrumentedObjectStoreTests()
    {
        _inner = new InterceptedStore(new MemoryObjectStore(_clock));
    }

    [Fact]
    public async Task Every_request_is_told_with_its_operation_outcome_duration_and_bytes()
    {
        TakeAWhile();
        await PutAsync("there", new byte[123]);
        await Store.ReadAsync("there", 23, new byte[1000], Cancellation);
        await Store.HeadAsync("there", Cancellation);
        await Store.HeadAsync("missing", Cancellation);
        await Store.DeleteAsync(["there", "missing"], Cancellation);
        Assert.Equal(
            [
                new CompletedOperation(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, Latency, 123),
                new CompletedOperation(ObjectStoreOperation.Get, ObjectStoreOutcome.Success, Latency, 100),
                new CompletedOperation(ObjectStoreOperation.Head, ObjectStoreOutcome.Success, Latency, 0),
                new CompletedOperation(ObjectStoreOperation.Head, ObjectStoreOutcome.NotFound, Latency, 0),
                new CompletedOperation(ObjectStoreOperation.Delete, ObjectStoreOutcome.Success, Latency, 0),
            ],
            _observer.Operations);
    }

    [Fact]
    public async Task All_observers_are_told()
    {
        var second = new Observer();
        var store = new InstrumentedObjectStore(_inner, _clock, _observer, second);
        await store.HeadAsync("missing", Cancellation);
        Assert.Single(_observer.Operations);
        Assert.Equal(_observer.Operations, second.Operations);
    }

    [Fact]
    public async Task Answers_that_are_exceptions_are_told_as_answers()
    {
        await PutAsync("taken", [1]);
        await Assert.ThrowsAsync<ObjectAlreadyExistsException>(async () => await PutAsync("taken", [1], PutCondition.IfNoneMatch));
        await Assert.ThrowsAsync<ObjectNotFoundException>(async () => await Store.ReadAsync("missing", 0, new byte[1], Cancellation));
        Assert.Equal([ObjectStoreOutcome.Success, ObjectStoreOutcome.AlreadyExists, ObjectStoreOutcome.NotFound], _observer.Outcomes);
    }

    [Theory]
    [InlineData(ObjectStoreFailure.Throttled, ObjectStoreOutcome.Throttled)]
    [InlineData(ObjectStoreFailure.TimedOut, ObjectStoreOutcome.TimedOut)]
    [InlineData(ObjectStoreFailure.Unavailable, ObjectStoreOutcome.Unavailable)]
    [InlineData(ObjectStoreFailure.Denied, ObjectStoreOutcome.Denied)]
    [InlineData(ObjectStoreFailure.Rejected, ObjectStoreOutcome.Rejected)]
    public async Task A_failure_is_told_by_its_kind_whatever_the_operation(ObjectStoreFailure failure, ObjectStoreOutcome outcome)
    {
        var exception = new ObjectStoreException(failure, "As the test wants it.");
        _inner.Before = (_, _, _) => throw exception;
        Assert.Same(exception, await Assert.ThrowsAsync<ObjectStoreException>(async () => await PutAsync("key", [1])));
        Assert.Same(exception, await Assert.ThrowsAsync<ObjectStoreException>(async () => await Store.ReadAsync("key", 0, new byte[1], Cancellation)));
        Assert.Same(exception, await Assert.ThrowsAsync<ObjectStoreException>(async () => await Store.HeadAsync("key", Cancellation)));
        Assert.Same(exception, await Assert.ThrowsAsync<ObjectStoreException>(async () => await ListAsync("", null)));
        Assert.Same(exception, await Assert.ThrowsAsync<ObjectStoreException>(async () => await DeleteAsync("key")));
        Assert.Equal(Enum.GetValues<ObjectStoreOperation>(), _observer.Operations.Select(operation => operation.Operation));
        Assert.All(_observer.Outcomes, told => Assert.Equal(outcome, told));
    }

    [Fact]
    public async Task Any_other_error_of_the_store_counts_as_unavailable()
    {
        _inner.Before = (_, _, _) => throw new IOException("No space left.");
        await Assert.ThrowsAsync<IOException>(async () => await PutAsync("key", [1]));
        Assert.Equal([ObjectStoreOutcome.Unavailable], _observer.Outcomes);
    }

    [Fact]
    public async Task A_cancellation_is_the_caller_s_or_else_a_timeout_of_the_store()
    {
        using var callers = new CancellationTokenSource();
        using var stores = new CancellationTokenSource();
        await stores.CancelAsync();
        _inner.Before = (_, _, _) => ValueTask.FromCanceled(stores.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.HeadAsync("key", callers.Token));
        await callers.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.HeadAsync("key", callers.Token));
        Assert.Equal([ObjectStoreOutcome.TimedOut, ObjectStoreOutcome.Cancelled], _observer.Outcomes);
    }

    [Fact]
    public async Task A_call_that_is_wrong_and_a_delete_of_nothing_are_no_requests()
    {
        await Store.DeleteAsync([], Cancellation);
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await PutAsync("//", [1]));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await Store.ReadAsync("key", -1, new byte[1], Cancellation));
        Assert.Empty(_observer.Operations);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(1001, 2)]
    [InlineData(2500, 3)]
    public async Task A_listing_tells_of_each_of_its_pages(int objects, int pages)
    {
        for (var i = 0; i < objects; i++)
            await PutAsync($"many/{i:D5}", [1]);
        _observer.Forget();
        Assert.Equal(objects, (await ListAsync("many/", null)).Count);
        Assert.Equal(
            Enumerable.Repeat(new CompletedOperation(ObjectStoreOperation.List, ObjectStoreOutcome.Success, TimeSpan.Zero, 0), pages),
            _observer.Operations);
    }

    [Fact]
    public async Task The_time_that_the_reader_of_a_listing_takes_is_not_the_store_s()
    {
        await PutAsync("a", [1]);
        await PutAsync("b", [1]);
        _observer.Forget();
        await foreach (var _ in Store.ListAsync("", null, Cancellation))
            _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, Assert.Single(_observer.Operations).Duration);
    }

    [Fact]
    public async Task A_listing_that_breaks_off_tells_of_its_pages_and_of_the_failure()
    {
        for (var i = 0; i < 1500; i++)
            await PutAsync($"many/{i:D5}", [1]);
        _observer.Forget();
        _inner.Before = (_, key, _) => key == "many/00999" ? throw new ObjectStoreException(ObjectStoreFailure.TimedOut, "Too late.") : default;
        await Assert.ThrowsAsync<ObjectStoreException>(async () => await ListAsync("many/", null));
        Assert.Equal([ObjectStoreOutcome.Success, ObjectStoreOutcome.TimedOut], _observer.Outcomes);
    }

    protected override ValueTask<IObjectStore> OpenAsync() =>
        ValueTask.FromResult<IObjectStore>(new InstrumentedObjectStore(_inner, _clock, _observer));

    protected override ValueTask CloseAsync() => ValueTask.CompletedTask;

    private void TakeAWhile() => _inner.Before = (_, _, _) =>
    {
        _clock.Advance(Latency);
        return default;
    };

    private sealed class Observer : IObjectStoreObserver
    {
        private readonly Lock _lock = new();
        private readonly List<CompletedOperation> _operations = [];

        public IReadOnlyList<CompletedOperation> Operations => _operations;

        public IEnumerable<ObjectStoreOutcome> Outcomes => _operations.Select(operation => operation.Outcome);

        public void OnCompleted(in CompletedOperation operation)
        {
            lock (_lock)
            {
                _operations.Add(operation);
            }
        }

        public void Forget() => _operations.Clear();
    }
}
