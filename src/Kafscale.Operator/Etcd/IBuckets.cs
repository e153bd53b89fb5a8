using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Operator.Etcd;

/// <summary>What the operator does with buckets.</summary>
internal interface IBuckets
{
    /// <summary>Whether a cluster's bucket can be used, and whether there is a cluster in it.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="prefix">What the cluster's keys begin with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<BucketLook> LookAsync(S3Options bucket, string prefix, CancellationToken cancellationToken);

    /// <summary>Makes sure that snapshots can be put into a bucket.</summary>
    /// <returns>Why they cannot; null where they can.</returns>
    Task<string?> PrepareAsync(S3Options bucket, SnapshotSettings settings, CancellationToken cancellationToken);

    /// <summary>Uploads a snapshot, and its checksum beside it after that.</summary>
    /// <exception cref="IOException">It could not be.</exception>
    Task PublishAsync(S3Options bucket, string key, FileStream snapshot, string sha256, CancellationToken cancellationToken);
}
