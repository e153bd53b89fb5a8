namespace Kafscale.Broker.Cluster;

/// <summary>Where a configuration's value comes from, with the numbers of DescribeConfigs (KIP-226).</summary>
internal enum ConfigSource : sbyte
{
    /// <summary>Set on the topic.</summary>
    DynamicTopicConfig = 1,

    /// <summary>Set when the broker was started.</summary>
    StaticBrokerConfig = 4,

    /// <summary>Set nowhere.</summary>
    DefaultConfig = 5,

    /// <summary>Set on the group.</summary>
    DynamicGroupConfig = 8,
}
