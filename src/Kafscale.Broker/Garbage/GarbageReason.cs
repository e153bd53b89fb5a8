namespace Kafscale.Broker.Garbage;

/// <summary>Why an object is of no use any more.</summary>
internal enum GarbageReason
{
    /// <summary>A WAL object all of whose records are in segments or deleted.</summary>
    MergedOrDeleted,

    /// <summary>A WAL object that was never committed and, because its session is over, never will be.</summary>
    NeverCommitted,

    /// <summary>A segment or index that no manifest lists and that lies where no segment will be written any more.</summary>
    Unlisted,

    /// <summary>A version of a manifest that is not the current one and never will be.</summary>
    Outdated,

    /// <summary>A checkpoint of commits that are all of no use any more.</summary>
    Retired,

    /// <summary>A checkpoint that no list names and that, because its writer's session is over, none will.</summary>
    NotNamed,

    /// <summary>It belonged to a topic that was deleted.</summary>
    TopicDeleted,

    /// <summary>It lies where a topic's records would be, and there is no such topic or partition.</summary>
    NoSuchPartition,
}
