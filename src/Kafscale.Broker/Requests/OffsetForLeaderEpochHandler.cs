using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.OffsetForLeaderEpochResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells where the records of a leader epoch end, so that a client notices a log that was rewritten (KIP-320).</summary>
internal sealed class OffsetForLeaderEpochHandler(ClusterState cluster, OffsetLookup lookup)
    : RequestHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    protected override async ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(
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
                    (answer.LeaderEpoch, answer.EndOffset) = await lookup.FindEpochEndAsync(log!, partition.LeaderEpoch, cancellationToken);
                }
            }
        }

        return response;
    }
}
