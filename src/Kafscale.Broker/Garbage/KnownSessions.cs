using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Garbage;

/// <summary>Which sessions were live when the metadata had been applied up to some session's number.</summary>
internal sealed record KnownSessions(HashSet<long> Live, long UpTo)
{
    /// <summary>What is known now.</summary>
    public static KnownSessions Look(ClusterState cluster, MetadataFollower follower)
    {
        // In this order: a session that begins in between is one of which nothing is known yet.
        var upTo = SessionNumbers.Of(cluster.Incarnation, follower.AppliedRevision);
        return new KnownSessions(cluster.Brokers.Values.Select(broker => broker.Session).ToHashSet(), upTo);
    }

    /// <summary>Whether a session has ended; what it has committed until then is known by whoever reads the metadata from now on.</summary>
    public bool IsOver(long session) => session <= UpTo && !Live.Contains(session);
}
