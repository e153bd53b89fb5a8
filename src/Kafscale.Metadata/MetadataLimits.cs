namespace Kafscale.Metadata;

/// <summary>Limits of every metadata store: etcd's defaults, so that what works embedded works in a cluster.</summary>
public static class MetadataLimits
{
    /// <summary>The most comparisons, and the most operations per branch, in one transaction.</summary>
    public const int OperationsPerTransaction = 128;

    /// <summary>The largest key, in UTF-8 bytes.</summary>
    public const int KeyBytes = 1_024;

    /// <summary>The largest value, in bytes.</summary>
    public const int ValueBytes = 1_048_576;

    /// <summary>The largest sum of keys and values in one transaction, in bytes; etcd's request limit less some overhead.</summary>
    public const int TransactionBytes = 1_400_000;

    /// <summary>The shortest time to live of a lease.</summary>
    public static readonly TimeSpan ShortestLease = TimeSpan.FromSeconds(1);

    /// <summary>The longest time to live of a lease.</summary>
    public static readonly TimeSpan LongestLease = TimeSpan.FromHours(1);
}
