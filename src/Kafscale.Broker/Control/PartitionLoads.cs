using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Control;

/// <summary>
/// How many bytes per second are written to and read from each partition. What is written every broker sees from the commits; what is read
/// each broker tells the others of the partitions that it leads.
/// </summary>
internal sealed class PartitionLoads(int brokerId, ClusterState cluster, MetadataKeys keys, TimeProvider timeProvider)
{
    // Less than this is noise; and so that the key stays small, only the busiest are told.
    private const long MinToldBytesPerSecond = 16 * 1024;
    private const int MaxTold = 2_000;

    private readonly Dictionary<TopicPartition, Measured> _measured = [];
    private readonly Dictionary<(Guid TopicId, int Partition), long> _fetchedElsewhere = [];
    private long _measuredAt = timeProvider.GetTimestamp();
    private LoadRecord _published = new();

    /// <summary>How long ago it was measured.</summary>
    public TimeSpan Age => timeProvider.GetElapsedTime(_measuredAt);

    /// <summary>Measures what has happened since the last time.</summary>
    public void Measure()
    {
        var seconds = Age.TotalSeconds;
        _measuredAt = timeProvider.GetTimestamp();
        var known = cluster.Partitions.ToList();
        foreach (var log in known)
        {
            var (written, fetched) = log.Traffic;
            _measured[log.Id] = _measured.TryGetValue(log.Id, out var before)
                ? new Measured(written, fetched, Rate(written - before.Written), Rate(fetched - before.Fetched))
                : new Measured(written, fetched, 0, 0);
        }

        _fetchedElsewhere.Clear();
        foreach (var partition in cluster.Assignments.Loads.Where(load => load.Key != brokerId).SelectMany(load => load.Value.Partitions))
        {
            var key = (TopicIds.FromBytes(partition.TopicId), partition.Partition);
            _fetchedElsewhere[key] = _fetchedElsewhere.GetValueOrDefault(key) + partition.FetchedBytesPerSecond;
        }

        foreach (var gone in _measured.Keys.Except(known.Select(log => log.Id)).ToList())
        {
            _measured.Remove(gone);
        }

        long Rate(long bytes) => seconds > 0 ? (long)(bytes / seconds) : 0;
    }

    /// <summary>Tells the others what this broker's partitions are read, where that has changed.</summary>
    public async Task PublishAsync(BrokerSession session, CancellationToken cancellationToken)
    {
        var told = _measured
            .Where(partition => partition.Value.FetchRate >= MinToldBytesPerSecond)
            .OrderByDescending(partition => partition.Value.FetchRate)
            .Take(MaxTold)
            .Select(partition => new PartitionLoadRecord
            {
                TopicId = TopicIds.ToBytes(partition.Key.TopicId),
                Partition = partition.Key.Partition,
                FetchedBytesPerSecond = partition.Value.FetchRate,
            });
        var record = new LoadRecord { Partitions = { told } };
        if (!record.Equals(_published))
        {
            await session.CommitFencedAsync([], [session.PutWithLease(keys.Load(brokerId), record.ToByteArray())], cancellationToken);
            _published = record;
        }
    }

    /// <summary>The loads of a topic's partitions, as they were last measured.</summary>
    public IReadOnlyList<long> Of(Topic topic) => _measured.Count == 0 ? [] : [.. topic.Partitions.Select(LoadOf)];

    private long LoadOf(PartitionLog log) =>
        (_measured.TryGetValue(log.Id, out var own) ? own.WriteRate + own.FetchRate : 0)
        + _fetchedElsewhere.GetValueOrDefault((log.Id.TopicId, log.Id.Partition));

    private readonly record struct Measured(long Written, long Fetched, long WriteRate, long FetchRate);
}
