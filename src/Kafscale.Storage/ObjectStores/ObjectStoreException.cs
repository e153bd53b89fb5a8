namespace Kafscale.Storage.ObjectStores;

/// <summary>An operation of an object store failed; a write may or may not have taken effect.</summary>
public sealed class ObjectStoreException(ObjectStoreFailure failure, string message, Exception? innerException = null)
    : IOException(message, innerException)
{
    /// <summary>What kind of trouble it was.</summary>
    public ObjectStoreFailure Failure { get; } = failure;

    /// <summary>Whether the same operation may succeed when it is tried again.</summary>
    /// <remarks>Credentials are renewed from outside, so a denial is final only for whoever asked.</remarks>
    public bool IsTransient => Failure is ObjectStoreFailure.Throttled or ObjectStoreFailure.TimedOut or ObjectStoreFailure.Unavailable;
}
