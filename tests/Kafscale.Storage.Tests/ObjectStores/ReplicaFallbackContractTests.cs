using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Replica;

namespace Kafscale.Storage.Tests.ObjectStores;

/// <summary>Whatever the replica does, the store is one.</summary>
public abstract class ReplicaFallbackContractTests : ObjectStoreContract
{
    private ReplicaFallbackObjectStore? _store;

    /// <summary>A replica of the given primary.</summary>
    protected abstract IObjectStore ReplicaOf(IObjectStore primary);

    protected override ValueTask<IObjectStore> OpenAsync()
    {
        var primary = new MemoryObjectStore(TimeProvider.System);
        _store = new ReplicaFallbackObjectStore(primary, ReplicaOf(primary), new ReplicaFallbackOptions { IsRead = _ => true }, new ReadOutcomes(), TimeProvider.System);
        return ValueTask.FromResult<IObjectStore>(_store);
    }

    protected override ValueTask CloseAsync() => _store!.DisposeAsync();

    public sealed class WithAReplicaThatHasEverythingAtOnce : ReplicaFallbackContractTests
    {
        protected override IObjectStore ReplicaOf(IObjectStore primary) => primary;
    }

    public sealed class WithAReplicaThatNeverHasAnything : ReplicaFallbackContractTests
    {
        protected override IObjectStore ReplicaOf(IObjectStore primary) => new MemoryObjectStore(TimeProvider.System);
    }

    public sealed class WithAReplicaThatIsDown : ReplicaFallbackContractTests
    {
        protected override IObjectStore ReplicaOf(IObjectStore primary) => new InterceptedStore
        {
            BeforeRead = (_, _, _) => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "The replica is down."),
        };
    }
}
