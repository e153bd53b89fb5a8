namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>The files in a broker's folder.</summary>
public enum StoredFileKind
{
    /// <summary>A merged segment of a topic.</summary>
    Segment,

    /// <summary>The indexes of all segments.</summary>
    Index,

    /// <summary>The WAL objects that were written last.</summary>
    LastWalObjects,

    /// <summary>The manifests of all partitions.</summary>
    Manifest,

    /// <summary>The newest checkpoint.</summary>
    Checkpoint,

    /// <summary>The mark that tells whose the objects are.</summary>
    ClusterMark,

    /// <summary>The copies of the metadata.</summary>
    Snapshot,

    /// <summary>The database of the metadata.</summary>
    Metadata,

    /// <summary>The files that are locked.</summary>
    Lock,
}
