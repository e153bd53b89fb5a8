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

    /// <summary>Removes a cluster's old snapshots.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="folder">What the keys of its snapshots begin with.</param>
    /// <param name="newest">The key of the one that was published last, which stays in any case.</param>
    /// <param name="keep">How many of the newest stay, at least 1.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many objects were removed.</returns>
    /// <exception cref="IOException">Not all could be.</exception>
    Task<int> RemoveOldAsync(S3Options bucket, string folder, string newest, int keep, CancellationToken cancellationToken);
}
