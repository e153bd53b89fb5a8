namespace Kafscale.Broker.Configuration;

/// <summary>The stores that a broker can be given.</summary>
public enum StoreKind
{
    /// <summary>In the memory of the process; everything is gone when it ends.</summary>
    Memory,

    /// <summary>Objects as files below a folder.</summary>
    File,

    /// <summary>Objects in a bucket of S3.</summary>
    S3,

    /// <summary>Metadata in a SQLite database file.</summary>
    Sqlite,

    /// <summary>Metadata in etcd.</summary>
    Etcd,
}
