using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Logging;
using static Kafscale.Protocol.Messages.OffsetForLeaderEpochResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells where the records of a leader epoch end, so that a client notices a log that was rewritten (KIP-320).</summary>
internal sealed partial class OffsetForLeaderEpochHandler(ClusterState cluster, OffsetLookup lookup, ILogger<OffsetForLeaderEpochHandler> logger)
    : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, OffsetForLeaderEpochRequest request, CancellationToken cancellationToken)
    {
        var response = new OffsetForLeaderEpochResponse();
        foreach (var topic in request.Topics)
        {
            var topicResponse = new OffsetForLeaderTopicResult { Topic = topic.Topic };
            response.Topics.Add(topicResponse);
            foreach (var partition in topic.Partitions)
            {
                var answer = new EpochEndOffset { Partition = partition.Partition };
                topicResponse.Partitions.Add(answer);
                answer.ErrorCode = cluster.TryGetPartition(topic.Topic, partition.Partition, out var log)
                    ? LeaderEpochs.Check(log, partition.CurrentLeaderEpoch)
                    : ErrorCode.UnknownTopicOrPartition;
                if (answer.ErrorCode == ErrorCode.None)
                {
                    await AnswerAsync(log!, partition.LeaderEpoch, answer, context, cancellationToken);
                }
            }
        }

        return response;
    }

    private async ValueTask AnswerAsync(
        PartitionLog log, int epoch, EpochEndOffset answer, RequestContext context, CancellationToken cancellationToken)
    {
        try
        {
            (answer.LeaderEpoch, answer.EndOffset) = await lookup.FindEpochEndAsync(log, epoch, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, log.Id, context.Connection.Id);
            answer.ErrorCode = ObjectStoreErrors.OfRead;
        }
    }

    [LoggerMessage(1353, LogLevel.Error, "Finding the end of an epoch of {Partition} for connection {Connection} failed.")]
    private partial void LogFailed(Exception exception, TopicPartition partition, string connection);
}
