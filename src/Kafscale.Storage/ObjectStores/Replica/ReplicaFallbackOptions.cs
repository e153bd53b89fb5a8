namespace Kafscale.Storage.ObjectStores.Replica;

/// <summary>When a replica is given up in favour of the primary.</summary>
public sealed record ReplicaFallbackOptions
{
    /// <summary>How long a read of no bytes may take; each further <see cref="SlowestBytesPerSecond"/> gets a second.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The slowest transfer that is waited for: 8 MiB/s, a fraction of what a bucket in the same region gives.</summary>
    public int SlowestBytesPerSecond { get; init; } = 8 * 1024 * 1024;

    /// <summary>How long an object that the replica did not have is not asked for again.</summary>
    public TimeSpan MissingMemory { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a segment that was the same in replica and primary is taken to be. Shorter than the grace period of deletions,
    /// after which another one can have its key.
    /// </summary>
    public TimeSpan SameMemory { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The most keys in either memory; at the limit the oldest is forgotten.</summary>
    public int MemoryCapacity { get; init; } = 10_000;

    /// <summary>Failures one after another that suspend the replica.</summary>
    public int FailuresUntilSuspended { get; init; } = 3;

    /// <summary>Which keys are read from the replica at all: records, which are nearly all bytes.</summary>
    internal Func<string, bool> IsRead { get; init; } = ObjectKeys.HoldsRecords;

    /// <summary>How often a suspended replica is probed, as long as there are reads.</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(5);
}
