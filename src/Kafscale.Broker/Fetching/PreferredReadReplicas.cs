using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Fetching;

/// <summary>Sends consumers of other racks to a broker there (KIP-392): every broker can read everything that is committed.</summary>
/// <param name="cluster">Knows the live brokers.</param>
/// <param name="rack">Its rack, or an empty string.</param>
internal sealed class PreferredReadReplicas(ClusterState cluster, string rack)
{
    public const int None = -1;

    private Known? _known;

    /// <summary>The brokers, by id, that consumers of a rack are better served by; <see langword="null"/> where they stay here.</summary>
    public List<int>? Find(string clientRack) => clientRack.Length == 0 || clientRack == rack ? null : Look().In(clientRack);

    /// <summary>Which of them serves a partition.</summary>
    public static int Choose(List<int> brokers, TopicPartition partition) => ReadReplicas.Choose(brokers, ReadReplicas.SlotOf(partition));

    // Made anew when brokers have come or gone.
    private ReadReplicas Look()
    {
        var known = Volatile.Read(ref _known);
        var revision = cluster.Revisions.Brokers;
        if (known is null || known.Revision != revision)
        {
            known = new Known(revision, new ReadReplicas(cluster));
            Volatile.Write(ref _known, known);
        }

        return known.Replicas;
    }

    private sealed record Known(long Revision, ReadReplicas Replicas);
}
