namespace Kafscale.Broker.Partitions;

/// <summary>How often partitions and garbage are looked after.</summary>
internal sealed record MaintenanceOptions
{
    /// <summary>From one round of looking for merges to the next.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Bytes of slices that are in memory at a time for merging, unless one segment is larger.</summary>
    public long MergeBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>From one round of retention to the next (<c>log.retention.check.interval.ms</c>).</summary>
    public TimeSpan RetentionInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long objects stay after nothing refers to them, for readers that still do.</summary>
    public TimeSpan GracePeriod { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>From one search for objects that nothing refers to, to the next; each lists all WAL objects.</summary>
    public TimeSpan OrphanInterval { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long after topics have changed the metadata are written to the bucket.</summary>
    public TimeSpan SnapshotDelay { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often at most they are written because anything else has changed, such as committed offsets.</summary>
    public TimeSpan SnapshotInterval { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an idle idempotent producer is remembered (<c>producer.id.expiration.ms</c>).</summary>
    public TimeSpan ProducerExpiration { get; init; } = TimeSpan.FromDays(1);
}
