using Kafscale.Broker.Concurrency;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>On a broker that only reads: waits until those that lead have taken new partitions.</summary>
internal sealed class LeadersElsewhere(ClusterState cluster, MetadataFollower follower) : ILeadershipTrigger
{
    /// <inheritdoc/>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        await follower.CatchUpAsync(cancellationToken);
        var changed = new AsyncSignal();
        cluster.Changed += changed.Set;
        try
        {
            foreach (var log in cluster.Topics.SelectMany(topic => topic.Partitions))
            {
                while (!log.IsRemoved && !cluster.IsLed(log.Record.Record))
                {
                    await changed.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            cluster.Changed -= changed.Set;
        }
    }
}
