using System.Collections.Concurrent;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>The brokers that clients are told of: those that are there, and for a while those that have just gone.</summary>
/// <remarks>
/// A client that hears in one answer that a broker is gone and who leads its partitions now has to do both at once. librdkafka loses the new
/// leaders where it gives up the connection of the old one, and asks again a second later.
/// </remarks>
internal sealed class AnnouncedBrokers
{
    // Longer than clients go on asking for leaders after they have lost one.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    private readonly ClusterState _cluster;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<int, (SessionRecord Record, long LeftAt)> _gone = new();

    public AnnouncedBrokers(ClusterState cluster, TimeProvider timeProvider)
    {
        _cluster = cluster;
        _timeProvider = timeProvider;
        cluster.BrokerLeft += record => _gone[record.BrokerId] = (record, timeProvider.GetTimestamp());
    }

    /// <summary>What is known of them, in the order of their ids.</summary>
    public IEnumerable<SessionRecord> All
    {
        get
        {
            var brokers = _cluster.Brokers.Values.Select(broker => broker.Record).ToDictionary(record => record.BrokerId);
            foreach (var (brokerId, (record, leftAt)) in _gone)
            {
                if (_timeProvider.GetElapsedTime(leftAt) >= Kept)
                {
                    _gone.TryRemove(new(brokerId, (record, leftAt)));
                }
                else
                {
                    brokers.TryAdd(brokerId, record);
                }
            }

            return brokers.Values.OrderBy(record => record.BrokerId);
        }
    }
}
