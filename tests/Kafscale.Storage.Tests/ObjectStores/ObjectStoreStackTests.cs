using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Replica;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class ObjectStoreStackTests
{
    public sealed class UploadsLane() : Contract(lanes => lanes.Uploads);

    public sealed class TailReadsLane() : Contract(lanes => lanes.TailReads);

    public sealed class CatchUpReadsLane() : Contract(lanes => lanes.CatchUpReads);

    public sealed class MaintenanceLane() : Contract(lanes => lanes.Maintenance);

    public sealed class TailReadsLaneWithAReplica() : Contract(lanes => lanes.TailReads, new ReplicaDouble());

    public sealed class CatchUpReadsLaneWithAReplica() : Contract(lanes => lanes.CatchUpReads, new ReplicaDouble());

    [Fact]
    public async Task Reads_try_the_replica_first_and_nothing_else_does()
    {
        const string Key = "default/wal/0000000000000001/00000000000000000001.wal";
        var replica = new ReplicaDouble();
        var observer = new CountingObserver();
        await using var stack = ObjectStoreStack.Create(
            new MemoryObjectStore(TimeProvider.System),
            new ObjectStoreStackOptions { Replica = replica, PrimaryObservers = [observer] },
            TimeProvider.System,
            new Random(1));
        await stack.Lanes.Uploads.PutAsync(Key, Bodies.Whole([1, 2, 3]), PutCondition.None, TestContext.Current.CancellationToken);
        Assert.Equal(1, observer.Completed);
        await ReadAsync(stack.Lanes.Uploads);
        await ReadAsync(stack.Lanes.Maintenance);
        Assert.Equal((3, 0), (observer.Completed, replica.Reads));

        replica.BeforeRead = _ => throw new ObjectStoreException(ObjectStoreFailure.Throttled, "Slow down.");
        await ReadAsync(stack.Lanes.TailReads);
        await ReadAsync(stack.Lanes.CatchUpReads);

        // What the replica answers is not told to whoever judges the primary.
        Assert.Equal((5, 2), (observer.Completed, replica.Reads));
        Assert.Equal(0, observer.Failed);
        replica.BeforeRead = null;
        await replica.ReplicateAsync(Key, [1, 2, 3]);
        await ReadAsync(stack.Lanes.TailReads);
        await ReadAsync(stack.Lanes.CatchUpReads);
        Assert.Equal((5, 4), (observer.Completed, replica.Reads));
        Assert.NotNull(stack.Lanes.Replica);

        static async Task ReadAsync(IObjectStore lane)
        {
            var body = new byte[3];
            Assert.Equal(3, await lane.ReadAsync(Key, 0, body, TestContext.Current.CancellationToken));
            Assert.Equal([1, 2, 3], body);
        }
    }

    private sealed class CountingObserver : IObjectStoreObserver
    {
        public int Completed { get; private set; }

        public int Failed { get; private set; }

        public void OnCompleted(in CompletedOperation operation)
        {
            Completed++;
            Failed += operation.Outcome == ObjectStoreOutcome.Success ? 0 : 1;
        }
    }

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
