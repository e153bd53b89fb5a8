using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Fetching;

/// <summary>Sends consumers to a broker of their own rack that is there for reading (KIP-392).</summary>
/// <param name="cluster">Knows the live brokers.</param>
/// <param name="brokerId">This broker.</param>
/// <param name="rack">Its rack, or an empty string.</param>
internal sealed class PreferredReadReplicas(ClusterState cluster, int brokerId, string rack)
{
    public const int None = -1;

    /// <summary>The brokers, by id, that consumers of a rack are better served by; <see langword="null"/> where they stay here.</summary>
    public List<int>? Find(string clientRack)
    {
        if (clientRack.Length == 0 || clientRack == rack)
        {
            return null;
        }

        List<int>? found = null;
        foreach (var (id, broker) in cluster.Brokers)
        {
            if (id != brokerId && broker.IsReadReplica && broker.Record.Rack == clientRack)
            {
                (found ??= []).Add(id);
            }
        }

        found?.Sort();
        return found;
    }

    /// <summary>Which of them serves a partition: always the same one, so that each object is cached once in a rack.</summary>
    public static int Choose(List<int> brokers, TopicPartition partition) =>
        brokers[(int)((uint)(partition.TopicId.GetHashCode() + partition.Partition) % (uint)brokers.Count)];
}
