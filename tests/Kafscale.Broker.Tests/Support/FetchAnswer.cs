using System.Buffers;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Support;

/// <summary>A fetch response, copied out of the cache.</summary>
internal sealed class FetchAnswer
{
    public FetchAnswer(FetchResponse response)
    {
        Error = response.ErrorCode;
        SessionId = response.SessionId;
        Partitions =
        [
            .. response.Responses.SelectMany(
                topic => topic.Partitions,
                (topic, partition) => new FetchedPartition(
                    topic.Topic,
                    partition.PartitionIndex,
                    partition.ErrorCode,
                    partition.HighWatermark,
                    partition.LogStartOffset,
                    (int)partition.Records.GetValueOrDefault().Length,
                    Batches.Read(partition.Records.GetValueOrDefault().ToArray()),
                    partition.PreferredReadReplica)),
        ];
    }

    public ErrorCode Error { get; }

    public int SessionId { get; }

    public IReadOnlyList<FetchedPartition> Partitions { get; }
}
