namespace Kafscale.Broker.Groups;

/// <summary>Settings of the group coordinator, by Kafka's names and with Kafka's defaults.</summary>
public sealed record GroupOptions
{
    /// <summary><c>group.min.session.timeout.ms</c></summary>
    public int MinSessionTimeoutMs { get; init; } = 6_000;

    /// <summary><c>group.max.session.timeout.ms</c></summary>
    public int MaxSessionTimeoutMs { get; init; } = 1_800_000;

    /// <summary>
    /// <c>group.initial.rebalance.delay.ms</c>: how long the first generation of an empty group waits for more members,
    /// and waits again while they come, up to the rebalance timeout.
    /// </summary>
    public int InitialRebalanceDelayMs { get; init; } = 3_000;

    /// <summary><c>group.max.size</c>: the most members of one group.</summary>
    public int MaxSize { get; init; } = int.MaxValue;

    /// <summary>
    /// How long a member that has never had an answer may wait for its first generation. It may be the ghost of a client
    /// that has hung up; a live one asks again.
    /// </summary>
    public int NewMemberJoinTimeoutMs { get; init; } = 300_000;

    /// <summary><c>group.consumer.heartbeat.interval.ms</c>: how often members of the consumer protocol report.</summary>
    public int ConsumerHeartbeatIntervalMs { get; init; } = 5_000;

    /// <summary><c>group.consumer.session.timeout.ms</c>: after what silence a member of the consumer protocol is gone.</summary>
    public int ConsumerSessionTimeoutMs { get; init; } = 45_000;

    /// <summary><c>group.consumer.min.heartbeat.interval.ms</c>: the least that may be set on a group.</summary>
    public int ConsumerMinHeartbeatIntervalMs { get; init; } = 5_000;

    /// <summary><c>group.consumer.max.heartbeat.interval.ms</c>: the most that may be set on a group.</summary>
    public int ConsumerMaxHeartbeatIntervalMs { get; init; } = 15_000;

    /// <summary><c>group.consumer.min.session.timeout.ms</c>: the least that may be set on a group.</summary>
    public int ConsumerMinSessionTimeoutMs { get; init; } = 45_000;

    /// <summary><c>group.consumer.max.session.timeout.ms</c>: the most that may be set on a group.</summary>
    public int ConsumerMaxSessionTimeoutMs { get; init; } = 60_000;

    /// <summary><c>group.consumer.max.size</c>: the most members of one group of the consumer protocol.</summary>
    public int ConsumerMaxSize { get; init; } = int.MaxValue;

    /// <summary><c>group.consumer.migration.policy</c>: whether groups go over from one protocol to the other while they have members.</summary>
    public ConsumerGroupMigrationPolicy ConsumerMigrationPolicy { get; init; } = ConsumerGroupMigrationPolicy.Bidirectional;

    /// <summary><c>offset.metadata.max.bytes</c>: the longest text that goes with a committed offset.</summary>
    public int OffsetMetadataMaxBytes { get; init; } = 4_096;

    /// <summary><c>offsets.commit.timeout.ms</c>: how long a request waits for the metadata store before it is told to try again.</summary>
    public int OffsetsCommitTimeoutMs { get; init; } = 5_000;

    /// <summary><c>offsets.retention.minutes</c>: how long offsets outlive the group's last member, or the last commit where it never had one.</summary>
    public int OffsetsRetentionMinutes { get; init; } = 10_080;

    /// <summary><c>offsets.retention.check.interval.ms</c></summary>
    public int OffsetsRetentionCheckIntervalMs { get; init; } = 600_000;

    /// <summary>The most changes that may wait for the metadata store; commits beyond it are told to try again.</summary>
    public int MaxQueuedOperations { get; init; } = 100_000;
}
