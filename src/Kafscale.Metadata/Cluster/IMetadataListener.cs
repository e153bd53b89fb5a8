namespace Kafscale.Metadata.Cluster;

/// <summary>Somebody who keeps a picture of the cluster from its metadata.</summary>
public interface IMetadataListener
{
    /// <summary>
    /// Fetches what it needs beside the metadata to take over what was read as a whole. Changes that a watch brings need nothing:
    /// who has seen everything before them knows what they are about.
    /// </summary>
    /// <param name="changes">What <see cref="Apply"/> is called with next.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MetadataOutdatedException">What they refer to is gone, because they are not the newest any more.</exception>
    Task PrepareAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellationToken);

    /// <summary>Takes over changes; called from one task at a time, in revision order, and must not throw.</summary>
    /// <param name="changes">
    /// In revision order; but what was read as a whole, as at the first call, in key order.
    /// </param>
    /// <param name="revision">The picture is complete up to and including this revision afterwards.</param>
    void Apply(IReadOnlyList<MetadataChange> changes, long revision);
}
