using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Waits until the controller has given new partitions leaders, and these have taken them.</summary>
internal sealed class LeaderWait(ClusterState cluster, MetadataFollower follower, int brokerId) : ILeaderWait
{
    /// <inheritdoc/>
    public async Task WaitForLeadersAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        await follower.CatchUpAsync(cancellationToken);
        foreach (var name in topics)
        {
            if (cluster.TryGetTopic(name, out var topic))
            {
                await cluster.UntilAsync(() => topic.Partitions.All(HasLeader), cancellationToken);
            }
        }
    }

    // Of others it is not known when they begin to serve what they have taken; they do so at once.
    private bool HasLeader(PartitionLog log)
    {
        var record = log.Record.Record;
        return log.IsRemoved || (cluster.IsLed(record) && (record.Leader != brokerId || log.Appender is not null));
    }
}
