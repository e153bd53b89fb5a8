namespace Kafscale.Broker.Configuration;

/// <summary>What a broker does for the cluster (<c>broker.roles</c>), besides what every broker does.</summary>
[Flags]
public enum BrokerRoles
{
    /// <summary>Answers reads of any partition. Every broker does.</summary>
    Read = 1,

    /// <summary>Leads partitions and coordinates groups, merges and removes what is not needed any more.</summary>
    Lead = 2,

    /// <summary>Everything.</summary>
    All = Read | Lead,
}
