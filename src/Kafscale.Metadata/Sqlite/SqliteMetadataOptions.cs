namespace Kafscale.Metadata.Sqlite;

/// <summary>Where a <see cref="SqliteMetadataStore"/> is, and its bounds.</summary>
/// <param name="Path">The database file; it and its folder are created where they are missing.</param>
public sealed record SqliteMetadataOptions(string Path)
{
    /// <summary>
    /// How many revisions stay readable and watchable, at least 1; up to a quarter more are kept now and then. They are in
    /// memory: after a restart only the newest is left.
    /// </summary>
    public int RevisionsKept { get; init; } = 10_000;

    /// <summary>The most bytes of keys and values that the changes of the revisions kept may hold, at least 1; a quarter more now and then.</summary>
    public long HistoryBytes { get; init; } = 64 << 20;

    /// <summary>The largest size of the database file in bytes, at least 64 KiB; what does not fit is refused.</summary>
    public long MaximumBytes { get; init; } = 2L << 30;

    /// <summary>The most transactions that may wait for the disk, at least 1; more are refused as unavailable.</summary>
    public int QueuedTransactions { get; init; } = 8_192;

    /// <summary>The most bytes of keys and values that may wait for the disk, beside one transaction that always may.</summary>
    public long QueuedBytes { get; init; } = 64 << 20;
}
