namespace Kafscale.Broker.Cluster;

/// <summary>What has configurations, with the numbers of the protocol.</summary>
internal enum ConfigResourceType : sbyte
{
    Topic = 2,
    Broker = 4,
    BrokerLogger = 8,
    ClientMetrics = 16,
    Group = 32,
}
