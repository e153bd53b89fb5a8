using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.OffsetCommitRequest;
using static Kafscale.Protocol.Messages.OffsetCommitResponse;

namespace Kafscale.Broker.Requests;

/// <summary>A member, or a consumer that assigns itself, commits how far it has got.</summary>
internal sealed class OffsetCommitHandler(GroupCoordinator coordinator, ITopicDirectory topics, TimeProvider timeProvider)
    : RequestHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const int FirstVersionWithGroupIdNotFound = 9;
    private const int FirstVersionWithMemberEpochs = 9;
    private const int FirstVersionWithTopicIds = 10;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, OffsetCommitRequest request, CancellationToken cancellationToken)
    {
        var error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            return CreateErrorResponse(request, error);
        }

        var nowMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds();
        long? expiresAtMs = request.RetentionTimeMs >= 0 ? nowMs + request.RetentionTimeMs : null;
        var response = new OffsetCommitResponse();
        var accepted = new List<KeyValuePair<OffsetKey, CommittedOffset>>();
        var answersOfAccepted = new List<OffsetCommitResponsePartition>();
        foreach (var topic in request.Topics)
        {
            var (topicId, partitionCount, topicError) = Find(topic, context.ApiVersion);
            var topicResponse = new OffsetCommitResponseTopic { Name = topic.Name, TopicId = topic.TopicId };
            response.Topics.Add(topicResponse);
            foreach (var partition in topic.Partitions)
            {
                var answer = new OffsetCommitResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    ErrorCode = Validate(partition, partitionCount, topicError),
                };
                topicResponse.Partitions.Add(answer);
                if (answer.ErrorCode == ErrorCode.None)
                {
                    accepted.Add(new(
                        new OffsetKey(topicId, partition.PartitionIndex),
                        new CommittedOffset(partition.CommittedOffset, partition.CommittedLeaderEpoch, partition.CommittedMetadata ?? "", nowMs, expiresAtMs)));
                    answersOfAccepted.Add(answer);
                }
            }
        }

        error = await shard!.CommitOffsetsAsync(
            request.GroupId,
            new OffsetCommitter(
                request.MemberId, request.GroupInstanceId, request.GenerationIdOrMemberEpoch, context.ApiVersion >= FirstVersionWithMemberEpochs),
            accepted);
        if (error == ErrorCode.GroupIdNotFound && context.ApiVersion < FirstVersionWithGroupIdNotFound)
        {
            error = ErrorCode.IllegalGeneration;
        }

        answersOfAccepted.ForEach(answer => answer.ErrorCode = error);
        return response;
    }

    protected override OffsetCommitResponse CreateErrorResponse(OffsetCommitRequest request, ErrorCode errorCode) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new OffsetCommitResponseTopic
        {
            Name = topic.Name,
            TopicId = topic.TopicId,
            Partitions = topic.Partitions.ConvertAll(partition => new OffsetCommitResponsePartition
            {
                PartitionIndex = partition.PartitionIndex,
                ErrorCode = errorCode,
            }),
        }),
    };

    private (Guid TopicId, int PartitionCount, ErrorCode Error) Find(OffsetCommitRequestTopic topic, short version)
    {
        if (version >= FirstVersionWithTopicIds)
        {
            return topics.TryGetTopic(topic.TopicId, out _, out var count)
                ? (topic.TopicId, count, ErrorCode.None)
                : (topic.TopicId, 0, ErrorCode.UnknownTopicId);
        }

        return topics.TryGetTopic(topic.Name, out var topicId, out var partitionCount)
            ? (topicId, partitionCount, ErrorCode.None)
            : (topicId, 0, ErrorCode.UnknownTopicOrPartition);
    }

    private ErrorCode Validate(OffsetCommitRequestPartition partition, int partitionCount, ErrorCode topicError)
    {
        if (topicError != ErrorCode.None)
        {
            return topicError;
        }

        if ((uint)partition.PartitionIndex >= (uint)partitionCount)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        return partition.CommittedMetadata?.Length > coordinator.Options.OffsetMetadataMaxBytes ? ErrorCode.OffsetMetadataTooLarge : ErrorCode.None;
    }
}
