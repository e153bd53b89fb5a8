namespace Kafscale.Metadata.Etcd;

/// <summary>What the failure of a request means.</summary>
internal enum EtcdError
{
    /// <summary>No answer, or one that leaves open whether the request took effect.</summary>
    Unanswered,

    /// <summary>The endpoint was not reached: the request was not sent.</summary>
    NotReached,

    /// <summary>The member cannot serve now and did nothing; another may.</summary>
    NotServing,

    /// <summary>The token has expired or the rights have changed; the request was not looked at.</summary>
    TokenRejected,

    /// <summary>A revision is no longer kept.</summary>
    Compacted,

    /// <summary>A revision is yet to come.</summary>
    FutureRevision,

    /// <summary>There is no such lease.</summary>
    LeaseNotFound,

    /// <summary>The request breaks a limit of the server.</summary>
    BreaksLimit,

    /// <summary>The response is larger than this client takes.</summary>
    ResponseTooLarge,

    /// <summary>The user may not do this, or there must be a user.</summary>
    Denied,

    /// <summary>The user may not watch these keys, or its token has expired.</summary>
    WatchDenied,

    /// <summary>Authentication is off.</summary>
    AuthenticationNotEnabled,

    /// <summary>
    /// The database is full. The write by which it becomes full gets this answer although it is made, and so does every other
    /// one that was on its way then (etcd's quotaApplierV3 looks at the space, makes the change, and then tells).
    /// </summary>
    OutOfSpace,

    /// <summary>Refused for any other reason; nothing was changed.</summary>
    Refused,
}
