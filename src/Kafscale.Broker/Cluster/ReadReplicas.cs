using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Which broker of each rack serves a partition's readers there (KIP-392): one that is there for reading where the rack has such,
/// else one that leads others. Always the same one, so that each object is cached once in a rack.
/// </summary>
internal sealed class ReadReplicas
{
    // Divisible by all small numbers of brokers, so that these get the same share.
    private const int Slots = 60;

    private readonly Dictionary<string, List<int>> _brokersByRack;

    public ReadReplicas(ClusterState cluster)
    {
        _brokersByRack = cluster.Brokers.Values
            .Where(broker => broker.Record.Rack.Length > 0 && !broker.IsImpaired)
            .GroupBy(broker => broker.Record.Rack, StringComparer.Ordinal)
            .ToDictionary(rack => rack.Key, ReadersOf, StringComparer.Ordinal);
    }

    /// <summary>The racks that have brokers.</summary>
    public IReadOnlyCollection<string> Racks => _brokersByRack.Keys;

    /// <summary>What decides between the brokers of a rack; 0 to 59.</summary>
    public static int SlotOf(TopicPartition partition) => (int)((uint)(partition.TopicId.GetHashCode() + partition.Partition) % Slots);

    /// <summary>The brokers that share a rack's readers, by id; <see langword="null"/> where there are none.</summary>
    public List<int>? In(string rack) => _brokersByRack.GetValueOrDefault(rack);

    /// <summary>Which of them serves the partitions of a slot.</summary>
    public static int Choose(List<int> brokers, int slot) => brokers[slot % brokers.Count];

    private static List<int> ReadersOf(IEnumerable<RegisteredBroker> rack)
    {
        var brokers = rack.ToList();
        var readers = brokers.Where(broker => !broker.Leads).ToList();
        return [.. (readers.Count > 0 ? readers : brokers).Select(broker => broker.Record.BrokerId).Order()];
    }
}
