using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Storage.Wal;
using Microsoft.Extensions.Logging;
using static Kafscale.Protocol.Messages.DescribeProducersRequest;
using static Kafscale.Protocol.Messages.DescribeProducersResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells which idempotent producers have lately written to a partition that this broker leads (KIP-664).</summary>
internal sealed partial class DescribeProducersHandler(ClusterState cluster, ILogger<DescribeProducersHandler> logger)
    : RequestHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    private const int NoCoordinatorEpoch = -1;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeProducersRequest request, CancellationToken cancellationToken)
    {
        var response = new DescribeProducersResponse();
        foreach (var topic in request.Topics)
        {
            var described = new TopicResponse { Name = topic.Name };
            response.Topics.Add(described);
            foreach (var partition in topic.PartitionIndexes)
            {
                described.Partitions.Add(await DescribeAsync(topic, partition, context, cancellationToken));
            }
        }

        return response;
    }

    protected override DescribeProducersResponse CreateErrorResponse(DescribeProducersRequest request, ErrorCode errorCode) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new TopicResponse
        {
            Name = topic.Name,
            Partitions = topic.PartitionIndexes.ConvertAll(partition => Failed(partition, errorCode)),
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
            LastTimestamp = newest.AppendedAtMs,
            CoordinatorEpoch = NoCoordinatorEpoch,
        };
    }

    private async ValueTask<PartitionResponse> DescribeAsync(TopicRequest topic, int partition, RequestContext context, CancellationToken cancellationToken)
    {
        if (TopicNames.FindFault(topic.Name) is not null)
        {
            return Failed(partition, ErrorCode.InvalidTopicException);
        }

        if (!cluster.TryGetPartition(topic.Name, partition, out var log))
        {
            return Failed(partition, ErrorCode.UnknownTopicOrPartition);
        }

        if (log.Appender is not { IsLeading: true } appender)
        {
            return Failed(partition, ErrorCode.NotLeaderOrFollower);
        }

        try
        {
            var batches = await appender.DescribeProducersAsync(cancellationToken);
            return new PartitionResponse
            {
                PartitionIndex = partition,
                ActiveProducers = [.. batches.GroupBy(batch => batch.ProducerId).Select(Describe)],
            };
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, log.Id, context.Connection.Id);
            return Failed(partition, ObjectStoreErrors.OfRead);
        }
    }

    [LoggerMessage(1354, LogLevel.Error, "Describing the producers of {Partition} for connection {Connection} failed.")]
    private partial void LogFailed(Exception exception, TopicPartition partition, string connection);
}
