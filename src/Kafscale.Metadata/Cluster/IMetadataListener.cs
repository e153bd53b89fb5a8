namespace Kafscale.Metadata.Cluster;

/// <summary>Somebody who keeps a picture of the cluster from its metadata.</summary>
public interface IMetadataListener
{
    /// <summary>Takes over changes; called from one task at a time, in revision order, and must not throw.</summary>
    /// <param name="changes">In revision order; the very first call holds the whole state, in key order.</param>
    /// <param name="revision">The picture is complete up to and including this revision afterwards.</param>
    void Apply(IReadOnlyList<MetadataChange> changes, long revision);
}
