namespace Kafscale.Operator;

/// <summary>What the operator is told when it starts.</summary>
internal sealed record OperatorOptions
{
    /// <summary>REPOSITORY:TAG of brokers, consoles and restores whose cluster names none.</summary>
    public required string Image { get; init; }

    /// <summary>The one namespace that is looked after; null: all.</summary>
    public string? Namespace { get; init; }

    /// <summary>The Lease: its namespace and name.</summary>
    public required Kubernetes.NamespacedName LeaderKey { get; init; }

    /// <summary>How often everything is looked at, though nothing has changed.</summary>
    public TimeSpan Resync { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For how long a leader that is not heard of stays the leader.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>An etcd for the cluster that names none; empty: each gets one of its own.</summary>
    public IReadOnlyList<Uri> EtcdEndpoints { get; init; } = [];

    public Etcd.EtcdSettings Etcd { get; init; } = new();

    public Etcd.SnapshotSettings Snapshots { get; init; } = new();
}
