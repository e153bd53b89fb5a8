namespace Kafscale.Broker.Cluster;

/// <summary>Has new partitions led without waiting for anybody to notice them.</summary>
internal interface ILeadershipTrigger
{
    /// <summary>Completes once the partitions that are known now have leaders that serve.</summary>
    /// <remarks>Throws where it can not, also because of others than the new partitions; who is waiting goes on without.</remarks>
    Task AcquireAsync(CancellationToken cancellationToken);
}
