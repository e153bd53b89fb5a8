namespace Kafscale.Broker.Cluster;

/// <summary>Describes topics' configurations, and those of the broker that they default to.</summary>
internal static class TopicConfigDescriptions
{
    private static readonly TopicConfiguration ProductDefaults = new();

    // Kafka's broker configurations that topics default to, where they have another name.
    private static readonly Dictionary<string, string> BrokerNames = new(StringComparer.Ordinal)
    {
        [TopicConfigs.CleanupPolicy] = "log.cleanup.policy",
        [TopicConfigs.MaxMessageBytes] = "message.max.bytes",
        [TopicConfigs.MessageTimestampType] = "log.message.timestamp.type",
        [TopicConfigs.RetentionBytes] = "log.retention.bytes",
        [TopicConfigs.RetentionMs] = "log.retention.ms",
        [TopicConfigs.SegmentBytes] = "log.segment.bytes",
        [TopicConfigs.SegmentMs] = "log.roll.ms",
        ["delete.retention.ms"] = "log.cleaner.delete.retention.ms",
        ["file.delete.delay.ms"] = "log.segment.delete.delay.ms",
        ["local.retention.bytes"] = "log.local.retention.bytes",
        ["local.retention.ms"] = "log.local.retention.ms",
        ["flush.messages"] = "log.flush.interval.messages",
        ["flush.ms"] = "log.flush.interval.ms",
        ["index.interval.bytes"] = "log.index.interval.bytes",
        ["max.compaction.lag.ms"] = "log.cleaner.max.compaction.lag.ms",
        ["message.timestamp.after.max.ms"] = "log.message.timestamp.after.max.ms",
        ["message.timestamp.before.max.ms"] = "log.message.timestamp.before.max.ms",
        ["min.cleanable.dirty.ratio"] = "log.cleaner.min.cleanable.ratio",
        ["min.compaction.lag.ms"] = "log.cleaner.min.compaction.lag.ms",
        ["preallocate"] = "log.preallocate",
        ["segment.index.bytes"] = "log.index.size.max.bytes",
        ["segment.jitter.ms"] = "log.roll.jitter.ms",
    };

    /// <summary>Describes every configuration of a topic, by name.</summary>
    /// <param name="configs">What is set on the topic itself.</param>
    /// <param name="brokerDefaults">What the broker sets for topics that do not.</param>
    public static IEnumerable<ConfigDescription> OfTopic(IReadOnlyDictionary<string, string> configs, TopicConfiguration brokerDefaults) =>
        TopicConfigs.All.Values.Select(definition => ConfigDescription.OfResource(
            definition.Name, definition.Type, definition.Documentation, configs, ConfigSource.DynamicTopicConfig, OfBroker(definition, brokerDefaults)));

    /// <summary>Describes the broker configurations that topics default to.</summary>
    public static IEnumerable<ConfigDescription> OfBroker(TopicConfiguration brokerDefaults) =>
        TopicConfigs.All.Values.Where(definition => !definition.IsOfTopicsAlone).Select(definition => ConfigDescription.OfBroker(
            BrokerName(definition), definition.Type, definition.Effective(brokerDefaults), definition.Effective(ProductDefaults), definition.Documentation));

    private static string BrokerName(TopicConfigDefinition definition) => BrokerNames.GetValueOrDefault(definition.Name, definition.Name);

    private static List<ConfigSynonym> OfBroker(TopicConfigDefinition definition, TopicConfiguration brokerDefaults) =>
        ConfigSynonym.OfBroker(BrokerName(definition), definition.Effective(brokerDefaults), definition.Effective(ProductDefaults));
}
