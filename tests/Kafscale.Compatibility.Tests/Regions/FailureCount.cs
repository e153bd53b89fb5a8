using Kafscale.Storage.ObjectStores;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>Counts the requests that would count against a store's health.</summary>
internal sealed class FailureCount : IObjectStoreObserver
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public void OnCompleted(in CompletedOperation operation)
    {
        if (operation.Outcome is not (ObjectStoreOutcome.Success or ObjectStoreOutcome.NotFound or ObjectStoreOutcome.AlreadyExists or ObjectStoreOutcome.Cancelled))
        {
            Interlocked.Increment(ref _count);
        }
    }
}
