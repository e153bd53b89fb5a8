namespace Kafscale.Broker.Cluster;

/// <summary>What IncrementalAlterConfigs does to one configuration (KIP-339), with the numbers of the protocol.</summary>
internal enum ConfigOperation : sbyte
{
    Set = 0,
    Delete = 1,

    /// <summary>Adds to a list what it does not have.</summary>
    Append = 2,

    /// <summary>Takes from a list what it has.</summary>
    Subtract = 3,
}
