using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at where the records of one topic are in the object store.</summary>
internal sealed class StorageInspection(ClusterWatch watch, BrokerHttp http)
{
    /// <summary>How many objects of a partition are shown at once.</summary>
    public const int MaxObjects = 5000;

    private const string Silence = "No broker answers over HTTP, so what is in the object store is not known.";

    /// <summary>The partitions of a topic; null where no broker tells.</summary>
    public async Task<TopicStorageDetails?> GetTopicAsync(string topic, CancellationToken cancellationToken)
    {
        foreach (var broker in Addresses(first: null))
        {
            if (await http.GetTopicAsync(broker, topic, cancellationToken) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>The objects of a partition from an offset on, as its leader sees them, or another broker where the leader does not answer.</summary>
    /// <returns>The objects, or why they are not known.</returns>
    public async Task<(PartitionObjects? Found, string? Failure)> GetObjectsAsync(string topic, int partition, long from, CancellationToken cancellationToken)
    {
        var leader = watch.Snapshot.FindTopic(topic)?.Partitions.FirstOrDefault(candidate => candidate.Number == partition)?.Leader;
        var failure = Silence;
        foreach (var broker in Addresses(leader))
        {
            var (found, reason) = await http.GetObjectsAsync(broker, topic, partition, from, cancellationToken);
            if (found is not null)
            {
                return (await WithRestAsync(broker, topic, found, cancellationToken), null);
            }

            failure = reason;
        }

        return (null, failure);
    }

    private async Task<PartitionObjects> WithRestAsync(Uri broker, string topic, PartitionObjects first, CancellationToken cancellationToken)
    {
        var (objects, next) = (first.Objects.ToList(), first.NextOffset);
        while (next is { } from && objects.Count < MaxObjects)
        {
            var (page, _) = await http.GetObjectsAsync(broker, topic, first.Partition.Partition, from, cancellationToken);
            if (page is null)
            {
                break;
            }

            // What was merged between two pages begins where both have it.
            objects.AddRange(page.Objects.Where(one => one.BaseOffset >= objects[^1].EndOffset));
            next = page.NextOffset;
        }

        return first with { Objects = objects, NextOffset = next };
    }

    private IEnumerable<Uri> Addresses(int? first) => watch.Snapshot.Brokers.Where(broker => broker.Http is not null)
        .OrderBy(broker => broker.Id == first ? 0 : 1).Select(broker => broker.Http!);
}
