namespace Kafscale.Storage.ObjectStores;

/// <summary>Is told of every operation of a store, on the thread that ended it: quick, thread-safe, and never throws.</summary>
public interface IObjectStoreObserver
{
    /// <summary>An operation ended, well or not.</summary>
    void OnCompleted(in CompletedOperation operation);
}
