using Kafscale.Broker.Groups;
using Kafscale.Metadata.Etcd;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Configuration;

/// <summary>
/// Everything that is set about a broker, valid as a whole. <see cref="BrokerSettings"/> documents every setting;
/// properties say only what their setting does not.
/// </summary>
public sealed record BrokerConfiguration
{
    /// <summary>Which command runs the broker.</summary>
    public required ServerRole Role { get; init; }

    /// <summary>Where Kafka clients connect.</summary>
    public required ListenAddress Listener { get; init; }

    /// <summary>The host that clients are told; null where it is the listener's.</summary>
    public required string? AdvertisedHost { get; init; }

    /// <summary>The port that clients are told; null where it is the one that the listener is bound to.</summary>
    public required int? AdvertisedPort { get; init; }

    /// <summary>0 to 2,147,483,647.</summary>
    public required int BrokerId { get; init; }

    /// <summary>Null where none is given.</summary>
    public required string? Rack { get; init; }

    /// <summary>What the broker does.</summary>
    public required BrokerRoles Roles { get; init; }

    /// <summary>Where health checks and metrics are served.</summary>
    public required ListenAddress HttpListener { get; init; }

    /// <summary>The most connections at a time.</summary>
    public required int MaxConnections { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int ConnectionsMaxIdleMs { get; init; }

    /// <summary>The largest request frame, in bytes.</summary>
    public required int SocketRequestMaxBytes { get; init; }

    /// <summary>Bytes of requests being read or worked on, over all connections.</summary>
    public required long QueuedMaxRequestBytes { get; init; }

    /// <summary>Requests in progress of one connection.</summary>
    public required int MaxInFlightRequestsPerConnection { get; init; }

    /// <summary>Where metadata is kept.</summary>
    public required StoreLocation MetadataStore { get; init; }

    /// <summary>How etcd is reached; null where metadata is kept elsewhere.</summary>
    public required EtcdOptions? Etcd { get; init; }

    /// <summary>Where records are kept.</summary>
    public required StoreLocation ObjectStore { get; init; }

    /// <summary>How S3 is reached; null where records are kept elsewhere.</summary>
    public required S3Configuration? S3 { get; init; }

    /// <summary>Bytes.</summary>
    public required int FlushBytes { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int FlushIntervalMs { get; init; }

    /// <summary>Uploads at a time.</summary>
    public required int FlushConcurrency { get; init; }

    /// <summary>Bytes accepted and not yet committed.</summary>
    public required long BufferMaxBytes { get; init; }

    /// <summary>Bytes.</summary>
    public required int SegmentBytes { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int SegmentMs { get; init; }

    /// <summary>Bytes of the L1 hot segment cache.</summary>
    public required long CacheBytes { get; init; }

    /// <summary>Segments that may be begun before a sequential reader comes to them; 0: none.</summary>
    public required int ReadAheadSegments { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int LogRetentionCheckIntervalMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int LogSegmentDeleteDelayMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GarbageSearchIntervalMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int SessionLeaseTtlMs { get; init; }

    /// <summary>Seconds.</summary>
    public required int HealthWindowSec { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int LatencyWarnMs { get; init; }

    /// <summary>Milliseconds, no less than <see cref="LatencyWarnMs"/>.</summary>
    public required int LatencyCritMs { get; init; }

    /// <summary>Above 0 up to 1.</summary>
    public required double ErrorRateWarn { get; init; }

    /// <summary>Above 0 up to 1, no less than <see cref="ErrorRateWarn"/>.</summary>
    public required double ErrorRateCrit { get; init; }

    /// <summary>Whether the cache answers fetches while the object store is not healthy.</summary>
    public required bool HealthFetchFromCache { get; init; }

    /// <summary>Whether Metadata requests create topics that do not exist.</summary>
    public required bool AutoCreateTopics { get; init; }

    /// <summary>Partitions of a topic that is created without saying how many.</summary>
    public required int AutoCreatePartitions { get; init; }

    /// <summary>The largest record batch that a topic without its own limit takes, in bytes.</summary>
    public required int MessageMaxBytes { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GroupInitialRebalanceDelayMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GroupMinSessionTimeoutMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GroupMaxSessionTimeoutMs { get; init; }

    /// <summary>The most members of one group.</summary>
    public required int GroupMaxSize { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GroupConsumerHeartbeatIntervalMs { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GroupConsumerSessionTimeoutMs { get; init; }

    /// <summary>The shortest heartbeat interval that may be set on a group.</summary>
    public required int GroupConsumerMinHeartbeatIntervalMs { get; init; }

    /// <summary>The longest heartbeat interval that may be set on a group.</summary>
    public required int GroupConsumerMaxHeartbeatIntervalMs { get; init; }

    /// <summary>The shortest session timeout that may be set on a group.</summary>
    public required int GroupConsumerMinSessionTimeoutMs { get; init; }

    /// <summary>The longest session timeout that may be set on a group.</summary>
    public required int GroupConsumerMaxSessionTimeoutMs { get; init; }

    /// <summary>The most members of one group of the consumer protocol.</summary>
    public required int GroupConsumerMaxSize { get; init; }

    /// <summary>Whether groups go over from one protocol to the other.</summary>
    public required ConsumerGroupMigrationPolicy GroupConsumerMigrationPolicy { get; init; }

    /// <summary>Minutes.</summary>
    public required int OffsetsRetentionMinutes { get; init; }

    /// <summary>The lowest level that is logged.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>How log lines are written.</summary>
    public required LogFormat LogFormat { get; init; }

    /// <summary>Seconds.</summary>
    public required int StartupTimeoutSec { get; init; }

    /// <summary>Milliseconds.</summary>
    public required int GracefulStopTimeoutMs { get; init; }

    /// <summary>Lines of one event in a minute; 0: all.</summary>
    public required int LogRepeatsMax { get; init; }

    /// <summary>Where metrics and traces are sent; <see langword="null"/>: nowhere.</summary>
    public required Uri? OtlpEndpoint { get; init; }

    /// <summary>How.</summary>
    public required OtlpProtocol OtlpProtocol { get; init; }

    /// <summary>Seconds; 0: metrics are not sent.</summary>
    public required int OtlpMetricsIntervalSec { get; init; }

    /// <summary>The share of requests that are traced, 0 to 1.</summary>
    public required double TracingSampleRatio { get; init; }

    /// <summary>Whether the broker's metrics are published for scrapes.</summary>
    public required bool MetricsEnabled { get; init; }

    /// <summary>Topics that have metrics of their own.</summary>
    public required int MetricsTopicsMax { get; init; }

    /// <summary>Pairs of group and topic that have metrics of their own.</summary>
    public required int MetricsGroupsMax { get; init; }

    /// <summary>Partitions that have metrics of their own; 0: none.</summary>
    public required int MetricsPartitionsMax { get; init; }
}
