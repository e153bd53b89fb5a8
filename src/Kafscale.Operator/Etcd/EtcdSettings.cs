using Cronos;

namespace Kafscale.Operator.Etcd;

/// <summary>How the members of an etcd are made and kept.</summary>
internal sealed record EtcdSettings
{
    public string Image { get; init; } = "quay.io/coreos/etcd:v3.5.21";

    public int Replicas { get; init; } = 3;

    /// <summary>Of a member's volume, as Kubernetes writes quantities.</summary>
    public string StorageSize { get; init; } = "10Gi";

    public string? StorageClass { get; init; }

    /// <summary>Whether members keep their data in memory.</summary>
    public bool StorageMemory { get; init; }

    public string AutoCompactionMode { get; init; } = "periodic";

    public string AutoCompactionRetention { get; init; } = "5m";

    public long QuotaBackendBytes { get; init; } = 4L << 30;

    /// <summary>When members are defragmented, UTC.</summary>
    public CronExpression MaintenanceSchedule { get; init; } = CronExpression.Parse("0 3 * * *");

    /// <summary>When their size is looked at, UTC.</summary>
    public CronExpression MaintenanceCheckSchedule { get; init; } = CronExpression.Parse("*/10 * * * *");

    /// <summary>From which share of the quota on that look defragments, in percent.</summary>
    public int MaintenanceSizeThresholdPercent { get; init; } = 75;
}
