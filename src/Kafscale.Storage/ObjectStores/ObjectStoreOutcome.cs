namespace Kafscale.Storage.ObjectStores;

/// <summary>How an operation of an object store ended, as it is counted.</summary>
public enum ObjectStoreOutcome
{
    /// <summary>It did what was asked.</summary>
    Success,

    /// <summary>There is no such object, which is an answer and no trouble.</summary>
    NotFound,

    /// <summary>The condition of a put did not hold, which is an answer and no trouble.</summary>
    AlreadyExists,

    /// <summary><see cref="ObjectStoreFailure.Throttled"/>.</summary>
    Throttled,

    /// <summary><see cref="ObjectStoreFailure.TimedOut"/>.</summary>
    TimedOut,

    /// <summary><see cref="ObjectStoreFailure.Unavailable"/>, and any error that the store does not name.</summary>
    Unavailable,

    /// <summary><see cref="ObjectStoreFailure.Denied"/>.</summary>
    Denied,

    /// <summary><see cref="ObjectStoreFailure.Rejected"/>.</summary>
    Rejected,

    /// <summary>Whoever asked gave up; says nothing about the store.</summary>
    Cancelled,
}
