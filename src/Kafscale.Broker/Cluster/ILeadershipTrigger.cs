namespace Kafscale.Broker.Cluster;

/// <summary>Has new partitions led without waiting for anybody to notice them.</summary>
internal interface ILeadershipTrigger
{
    /// <summary>Completes once the partitions that are known now have leaders that serve.</summary>
    /// <exception cref="Kafscale.Metadata.Cluster.SessionLostException">This broker can lead nothing now.</exception>
    /// <exception cref="Kafscale.Metadata.MetadataUnavailableException">The metadata store does not answer.</exception>
    Task AcquireAsync(CancellationToken cancellationToken);
}
