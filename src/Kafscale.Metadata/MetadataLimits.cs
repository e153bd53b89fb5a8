namespace Kafscale.Metadata;

/// <summary>Limits of every metadata store: etcd's defaults, so that what works embedded works in a cluster.</summary>
public static class MetadataLimits
{
    /// <summary>The most comparisons, and the most operations per branch, in one transaction.</summary>
    public const int OperationsPerTransaction = 128;

    /// <summary>The largest key, in UTF-8 bytes.</summary>
    public const int KeyBytes = 1_024;

    /// <summary>The largest sum of keys and values in one transaction, in bytes; etcd's request limit less some overhead.</summary>
    public const int TransactionBytes = 1_400_000;
}
