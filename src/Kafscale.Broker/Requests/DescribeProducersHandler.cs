using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Wal;
using static Kafscale.Protocol.Messages.DescribeProducersRequest;
using static Kafscale.Protocol.Messages.DescribeProducersResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells which idempotent producers have lately written to a partition that this broker leads (KIP-664).</summary>
internal sealed class DescribeProducersHandler(ClusterState cluster) : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    private const int NoCoordinatorEpoch = -1;

    protected override ValueTask<DescribeProducersResponse?> HandleAsync(
        RequestContext context, DescribeProducersRequest request, CancellationToken cancellationToken) =>
        new(Answer(request, Describe));

    protected override DescribeProducersResponse CreateErrorResponse(DescribeProducersRequest request, ErrorCode errorCode) =>
        Answer(request, (_, partition) => Failed(partition, errorCode));

    private static DescribeProducersResponse Answer(DescribeProducersRequest request, Func<TopicRequest, int, PartitionResponse> describe) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new TopicResponse
        {
            Name = topic.Name,
            Partitions = topic.PartitionIndexes.ConvertAll(partition => describe(topic, partition)),
        }),
    };

    private static PartitionResponse Failed(int partition, ErrorCode errorCode) => new() { PartitionIndex = partition, ErrorCode = errorCode };

    private static ProducerState Describe(IEnumerable<WalProducerBatch> batches)
    {
        var newest = batches.MaxBy(batch => batch.LastOffset);
        return new ProducerState
        {
            ProducerId = newest.ProducerId,
            ProducerEpoch = newest.ProducerEpoch,
            LastSequence = newest.LastSequence,
            LastTimestamp = newest.MaxTimestampMs,
            CoordinatorEpoch = NoCoordinatorEpoch,
        };
    }

    private PartitionResponse Describe(TopicRequest topic, int partition)
    {
        if (TopicNames.FindFault(topic.Name) is not null)
        {
            return Failed(partition, ErrorCode.InvalidTopicException);
        }

        if (!cluster.TryGetPartition(topic.Name, partition, out var log))
        {
            return Failed(partition, ErrorCode.UnknownTopicOrPartition);
        }

        return log.Appender is { IsLeading: true } appender
            ? new PartitionResponse
            {
                PartitionIndex = partition,
                ActiveProducers = [.. appender.DescribeProducers().GroupBy(batch => batch.ProducerId).Select(Describe)],
            }
            : Failed(partition, ErrorCode.NotLeaderOrFollower);
    }
}
