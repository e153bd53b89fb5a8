namespace Kafscale.Testing.Etcd;

/// <summary>How an <see cref="EtcdCluster"/> is set up.</summary>
public sealed record EtcdClusterOptions
{
    /// <summary>1 or 3.</summary>
    public int Members { get; init; } = 1;

    /// <summary>Whether commits are flushed to the disk, so that they survive the end of the machine and take as long as in earnest.</summary>
    public bool IsDurable { get; init; }

    /// <summary>How much longer than it needs the disk takes for each flush; zero: no longer. Nothing to a cluster that is not durable. Needs strace.</summary>
    public TimeSpan DiskDelay { get; init; }

    /// <summary>Whether clients connect with TLS and must show a certificate.</summary>
    public bool UsesTls { get; init; }

    /// <summary>How long a token of a user lasts without being used, in seconds.</summary>
    public int AuthTokenTtlSec { get; init; } = 300;

    /// <summary>How long a follower waits for a leader before it wants to be one, in milliseconds.</summary>
    public int ElectionTimeoutMs { get; init; } = 1_000;
}
