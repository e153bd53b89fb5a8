using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Control;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;

namespace Kafscale.Broker;

/// <summary>What a broker is told at its start.</summary>
internal sealed record BrokerOptions
{
    /// <summary>Of stores that hold one cluster alone.</summary>
    public const string DefaultNamespace = "default";

    public required int BrokerId { get; init; }

    /// <summary>The host and port that clients are told, until <see cref="BrokerNode.AnnounceAsync"/> says otherwise.</summary>
    public required string AdvertisedHost { get; init; }

    public required int AdvertisedPort { get; init; }

    public string Rack { get; init; } = "";

    public BrokerRoles Roles { get; init; } = BrokerRoles.All;

    /// <summary>Whether it leads partitions and coordinates groups.</summary>
    public bool Leads => Roles.HasFlag(BrokerRoles.Lead);

    public string Version { get; init; } = "";

    /// <summary>What metadata keys begin with.</summary>
    public string MetadataRoot { get; init; } = "/kafscale/default";

    /// <summary>What object keys begin with.</summary>
    public string Namespace { get; init; } = DefaultNamespace;

    public TimeSpan SessionTimeToLive { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Bytes accepted and not committed (<c>buffer.max.bytes</c>).</summary>
    public long BufferMaxBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Bytes of the hot segment cache.</summary>
    public long CacheBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Whether fetches that the cache can answer in full are answered while the object store is not healthy.</summary>
    public bool LetsCachedFetchesPass { get; init; }

    /// <summary>Segments that are read ahead of a sequential reader (<c>readahead.segments</c>); 0: none.</summary>
    public int ReadAheadSegments { get; init; } = 2;

    public int MaxFetchSessions { get; init; } = 1_000;

    /// <summary>What the topic, configuration and cluster APIs need to know.</summary>
    public ClusterOptions Cluster { get; init; } = new() { NodeId = 0, LogDirectory = "memory" };

    public GroupOptions Groups { get; init; } = new();

    public FlusherOptions Flusher { get; init; } = new();

    public ControllerOptions Controller { get; init; } = new();

    public MaintenanceOptions Maintenance { get; init; } = new();

    public CheckpointOptions Checkpoints { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();
}
