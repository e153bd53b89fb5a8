using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.Replica;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class ObjectStoreStackTests : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly InterceptedStore _store = new(new MemoryObjectStore(TimeProvider.System));
    private readonly List<ObjectStoreStack> _stacks = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        foreach (var stack in _stacks)
            await stack.DisposeAsync();
    }

    [Fact]
    public async Task Everything_is_tried_again_but_uploads()
    {
        var lanes = Create(new ObjectStoreStackOptions()).Lanes;
        foreach (var lane in (IObjectStore[])[lanes.TailReads, lanes.CatchUpReads, lanes.Maintenance])
        {
            FailOnce();
            Assert.Null(await lane.HeadAsync("key", Cancellation));
        }

        FailOnce();
        await Assert.ThrowsAsync<IOException>(async () => await lanes.Uploads.PutAsync("key", Bodies.Whole([1]), PutCondition.None, Cancellation));
    }

    [Theory]
    [InlineData(ObjectStoreStackOptions.MinConcurrency)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(101)]
    public async Task No_lane_takes_from_another_and_all_together_keep_to_the_concurrency(int concurrency)
    {
        var lanes = Create(new ObjectStoreStackOptions { Concurrency = concurrency }).Lanes;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = (_, _, _) => new ValueTask(release.Task);
        var begun = new List<int>();
        var requests = new List<Task>();
        foreach (var lane in (IObjectStore[])[lanes.Maintenance, lanes.CatchUpReads, lanes.TailReads, lanes.Uploads])
        {
            var before = _store.Begun;
            for (var i = 0; i < concurrency; i++)
                requests.Add(lane.HeadAsync("key", Cancellation).AsTask());
            begun.Add(_store.Begun - before);
        }

        Assert.All(begun, share => Assert.InRange(share, 1, (concurrency + 1) / 2));
        Assert.Equal(concurrency, begun.Sum());
        release.SetResult();
        await Task.WhenAll(requests).WaitAsync(Patience);
    }

    [Fact]
    public async Task Catch_up_reads_load_no_more_bytes_at_a_time_than_they_may()
    {
        var lanes = Create(new ObjectStoreStackOptions { CatchUpBytesInFlight = 1000 }).Lanes;
        await lanes.Uploads.PutAsync("key", Bodies.Whole(new byte[500]), PutCondition.None, Cancellation);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.Before = (_, _, _) => new ValueTask(release.Task);
        var before = _store.Begun;
        var reads = Enumerable.Range(0, 10).Select(_ => lanes.CatchUpReads.ReadAsync("key", 0, new byte[400], Cancellation).AsTask()).ToArray();
        Assert.Equal(2, _store.Begun - before);
        release.SetResult();
        Assert.All(await Task.WhenAll(reads).WaitAsync(Patience), length => Assert.Equal(400, length));
    }

    [Fact]
    public async Task Every_attempt_is_told_to_the_observers_and_published()
    {
        var observer = new RecordingObserver();
        var stack = Create(new ObjectStoreStackOptions { PrimaryObservers = [observer] });
        using var recorded = new RecordedMetrics(stack.Metrics.Meter);
        FailOnce();
        await stack.Lanes.Maintenance.HeadAsync("key", Cancellation);
        Assert.Equal([ObjectStoreOutcome.Unavailable, ObjectStoreOutcome.NotFound], observer.Outcomes);
        Assert.Equal(1, recorded.Sum("kafscale_object_store_requests_total{operation=head,outcome=unavailable,store=primary}"));
        Assert.Equal(1, recorded.Sum("kafscale_object_store_requests_total{operation=head,outcome=not_found,store=primary}"));
        Assert.Equal(1, recorded.Sum("kafscale_object_store_retries_total{reason=unavailable}"));
    }

    [Fact]
    public async Task Reads_try_the_replica_first_and_nothing_else_does()
    {
        const string Key = "default/wal/0000000000000001/00000000000000000001.wal";
        var replica = new InterceptedStore();
        var observer = new RecordingObserver();
        await using var stack = ObjectStoreStack.Create(
            new MemoryObjectStore(TimeProvider.System),
            new ObjectStoreStackOptions { Replica = replica, PrimaryObservers = [observer] },
            TimeProvider.System,
            new Random(1));
        await stack.Lanes.Uploads.PutAsync(Key, Bodies.Whole([1, 2, 3]), PutCondition.None, Cancellation);
        Assert.Single(observer.Outcomes);
        await ReadAsync(stack.Lanes.Uploads);
        await ReadAsync(stack.Lanes.Maintenance);
        Assert.Equal((3, 0), (observer.Outcomes.Count, replica.Reads));

        replica.BeforeRead = (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Throttled, "Slow down.");
        await ReadAsync(stack.Lanes.TailReads);
        await ReadAsync(stack.Lanes.CatchUpReads);

        // What the replica answers is not told to whoever judges the primary.
        Assert.Equal((5, 2), (observer.Outcomes.Count, replica.Reads));
        Assert.All(observer.Outcomes, outcome => Assert.Equal(ObjectStoreOutcome.Success, outcome));
        replica.BeforeRead = null;
        await replica.PlaceAsync(Key, [1, 2, 3]);
        await ReadAsync(stack.Lanes.TailReads);
        await ReadAsync(stack.Lanes.CatchUpReads);
        Assert.Equal((5, 4), (observer.Outcomes.Count, replica.Reads));
        Assert.NotNull(stack.Lanes.Replica);

        static async Task ReadAsync(IObjectStore lane)
        {
            var body = new byte[3];
            Assert.Equal(3, await lane.ReadAsync(Key, 0, body, Cancellation));
            Assert.Equal([1, 2, 3], body);
        }
    }

    [Fact]
    public void Fewer_requests_at_a_time_than_lanes_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Create(new ObjectStoreStackOptions { Concurrency = ObjectStoreStackOptions.MinConcurrency - 1 }));

    private ObjectStoreStack Create(ObjectStoreStackOptions options)
    {
        // No waits between attempts.
        var stack = ObjectStoreStack.Create(_store, options, TimeProvider.System, new FixedRandom(0));
        _stacks.Add(stack);
        return stack;
    }

    private void FailOnce()
    {
        var isFirst = true;
        _store.Before = (_, _, _) =>
        {
            if (!isFirst)
                return default;
            isFirst = false;
            throw new IOException("Connection reset.");
        };
    }

    private sealed class RecordingObserver : IObjectStoreObserver
    {
        public List<ObjectStoreOutcome> Outcomes { get; } = [];

        public void OnCompleted(in CompletedOperation operation) => Outcomes.Add(operation.Outcome);
    }

    public sealed class UploadsLane() : Contract(lanes => lanes.Uploads);

    public sealed class TailReadsLane() : Contract(lanes => lanes.TailReads);

    public sealed class CatchUpReadsLane() : Contract(lanes => lanes.CatchUpReads);

    public sealed class MaintenanceLane() : Contract(lanes => lanes.Maintenance);

    public sealed class TailReadsLaneWithAReplica() : Contract(lanes => lanes.TailReads, new InterceptedStore());

    public sealed class CatchUpReadsLaneWithAReplica() : Contract(lanes => lanes.CatchUpReads, new InterceptedStore());

    public abstract class Contract(Func<ObjectStoreLanes, IObjectStore> lane, IObjectStore? replica = null) : ObjectStoreContract
    {
        private ObjectStoreStack? _stack;

        protected override ValueTask<IObjectStore> OpenAsync()
        {
            _stack = ObjectStoreStack.Create(
                new MemoryObjectStore(TimeProvider.System), new ObjectStoreStackOptions { Replica = replica, ReplicaFallback = new ReplicaFallbackOptions { IsRead = _ => true } }, TimeProvider.System, new Random(1));
            return ValueTask.FromResult(lane(_stack.Lanes));
        }

        protected override ValueTask CloseAsync() => _stack!.DisposeAsync();
    }
}
