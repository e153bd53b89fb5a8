namespace Kafscale.Broker.Cluster;

/// <summary>Types of configuration values, with the numbers of DescribeConfigs (KIP-569).</summary>
internal enum ConfigType : sbyte
{
    Boolean = 1,
    String = 2,
    Int = 3,
    Long = 5,
    Double = 6,
    List = 7,
}
