using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.ObjectStores;

public sealed class ObjectStoreStackTests
{
    public sealed class UploadsLane() : Contract(lanes => lanes.Uploads);

    public sealed class TailReadsLane() : Contract(lanes => lanes.TailReads);

    public sealed class CatchUpReadsLane() : Contract(lanes => lanes.CatchUpReads);

    public sealed class MaintenanceLane() : Contract(lanes => lanes.Maintenance);

    public abstract class Contract(Func<ObjectStoreLanes, IObjectStore> lane) : ObjectStoreContract
    {
        private ObjectStoreStack? _stack;

        protected override ValueTask<IObjectStore> OpenAsync()
        {
            _stack = ObjectStoreStack.Create(
                new MemoryObjectStore(TimeProvider.System), new ObjectStoreStackOptions(), TimeProvider.System, new Random(1));
            return ValueTask.FromResult(lane(_stack.Lanes));
        }

        protected override ValueTask CloseAsync() => _stack!.DisposeAsync();
    }
}
