namespace Kafscale.Storage.ObjectStores;

/// <summary>What kind of trouble an operation of an object store met.</summary>
public enum ObjectStoreFailure
{
    /// <summary>The store asks for fewer requests (HTTP 503 <c>SlowDown</c>, 429).</summary>
    Throttled,

    /// <summary>No answer in time. A write may still take effect, also later.</summary>
    TimedOut,

    /// <summary>No connection, a lost one, or an error inside of the store (HTTP 5xx).</summary>
    Unavailable,

    /// <summary>The credentials are missing, wrong or expired, or do not allow this (HTTP 401, 403).</summary>
    Denied,

    /// <summary>The store does not take the request as it is (other HTTP 4xx, a bucket that does not exist among them).</summary>
    Rejected,
}
