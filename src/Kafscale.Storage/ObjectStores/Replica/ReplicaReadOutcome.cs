namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>How a read that may be answered by a replica was answered. All but <see cref="Replica"/> were answered by the primary.</summary>
public enum ReplicaReadOutcome
{
    /// <summary>By the replica.</summary>
    Replica,

    /// <summary>The replica does not have the object yet.</summary>
    Missing,

    /// <summary>The replica did not have the object a moment ago, and was not asked.</summary>
    KnownMissing,

    /// <summary>The replica has another object under the key, one that was deleted from the primary.</summary>
    Stale,

    /// <summary>The replica has a part of the object.</summary>
    Incomplete,

    /// <summary>The replica took too long.</summary>
    TimedOut,

    /// <summary>The replica answered with an error.</summary>
    Failed,

    /// <summary>The replica is in trouble, and was not asked.</summary>
    Suspended,

    /// <summary>The object is one of those that are never read from a replica.</summary>
    PrimaryOnly,
}
