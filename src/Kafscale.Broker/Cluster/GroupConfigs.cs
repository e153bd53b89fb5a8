namespace Kafscale.Broker.Cluster;

/// <summary>Kafka's group configurations (KIP-848). Those of share groups and of streams groups, which there are none of, are unknown.</summary>
internal static class GroupConfigs
{
    public const string ConsumerSessionTimeoutMs = "consumer.session.timeout.ms";
    public const string ConsumerHeartbeatIntervalMs = "consumer.heartbeat.interval.ms";

    /// <summary>Every known configuration, by name.</summary>
    public static IReadOnlyDictionary<string, GroupConfigDefinition> All { get; } = new GroupConfigDefinition[]
    {
        new()
        {
            Name = ConsumerSessionTimeoutMs,
            Documentation = "After how long a silence a member of the consumer protocol is removed, in milliseconds.",
            BrokerName = "group.consumer.session.timeout.ms",
            MinimumName = "group.consumer.min.session.timeout.ms",
            MaximumName = "group.consumer.max.session.timeout.ms",
            BrokerValue = options => options.ConsumerSessionTimeoutMs,
            Minimum = options => options.ConsumerMinSessionTimeoutMs,
            Maximum = options => options.ConsumerMaxSessionTimeoutMs,
        },
        new()
        {
            Name = ConsumerHeartbeatIntervalMs,
            Documentation = "How often members of the consumer protocol report, in milliseconds.",
            BrokerName = "group.consumer.heartbeat.interval.ms",
            MinimumName = "group.consumer.min.heartbeat.interval.ms",
            MaximumName = "group.consumer.max.heartbeat.interval.ms",
            BrokerValue = options => options.ConsumerHeartbeatIntervalMs,
            Minimum = options => options.ConsumerMinHeartbeatIntervalMs,
            Maximum = options => options.ConsumerMaxHeartbeatIntervalMs,
        },
    }.ToDictionary(definition => definition.Name, StringComparer.Ordinal);
}
