using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Support;

/// <summary>Fetch requests.</summary>
internal static class Fetches
{
    /// <summary>One that does not wait, outside of any session.</summary>
    public static FetchRequest Of(int maxBytes, params (string Topic, int Partition, long Offset)[] partitions)
    {
        var request = new FetchRequest { MinBytes = 1, MaxBytes = maxBytes, SessionEpoch = -1 };
        foreach (var topic in partitions.GroupBy(partition => partition.Topic))
        {
            var fetched = new FetchRequest.FetchTopic { Topic = topic.Key };
            request.Topics.Add(fetched);
            foreach (var (_, partition, offset) in topic)
            {
                fetched.Partitions.Add(new FetchRequest.FetchPartition
                {
                    Partition = partition,
                    FetchOffset = offset,
                    CurrentLeaderEpoch = -1,
                    PartitionMaxBytes = maxBytes,
                });
            }
        }

        return request;
    }

    /// <summary>One that waits for a number of bytes.</summary>
    public static FetchRequest Waiting(int maxWaitMs, int minBytes, params (string Topic, int Partition, long Offset)[] partitions)
    {
        var request = Of(1024 * 1024, partitions);
        request.MaxWaitMs = maxWaitMs;
        request.MinBytes = minBytes;
        return request;
    }
}
