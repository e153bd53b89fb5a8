using Cronos;

namespace Kafscale.Operator.Etcd;

/// <summary>Where and when snapshots of etcd are published.</summary>
internal sealed record SnapshotSettings
{
    /// <summary>Null: the cluster's own.</summary>
    public string? Bucket { get; init; }

    public string Prefix { get; init; } = "etcd-snapshots";

    /// <summary>UTC.</summary>
    public CronExpression Schedule { get; init; } = CronExpression.Parse("0 * * * *");

    /// <summary>Null: the cluster's own.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>From which age on the newest one counts as stale.</summary>
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How many of the newest stay, at least 1.</summary>
    public int Keep { get; init; } = 48;

    public bool CreateBucket { get; init; }

    public bool ProtectBucket { get; init; }

    public bool SkipPreflight { get; init; }
}
