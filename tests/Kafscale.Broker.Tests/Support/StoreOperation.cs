namespace Kafscale.Broker.Tests.Support;

/// <summary>What a broker asks of its two stores.</summary>
public enum StoreOperation
{
    ObjectPut,
    ObjectRead,
    ObjectHead,
    ObjectList,
    ObjectDelete,
    MetadataRange,
    MetadataCommit,
    LeaseGrant,
    LeaseKeepAlive,
    LeaseRevoke,
}
