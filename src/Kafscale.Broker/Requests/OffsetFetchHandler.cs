using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.OffsetFetchRequest;
using static Kafscale.Protocol.Messages.OffsetFetchResponse;

namespace Kafscale.Broker.Requests;

/// <summary>
/// Tells how far groups have committed. No committed offset is -1 without an error, so that the client's
/// <c>auto.offset.reset</c> decides. Offsets show only once they are durable; there are no transactions that could make
/// them unstable.
/// </summary>
internal sealed class OffsetFetchHandler(GroupCoordinator coordinator, ITopicDirectory topics)
    : RequestHandler<OffsetFetchRequest, OffsetFetchResponse>
{
    private const long NoOffset = -1;
    private const int FirstVersionWithGroupError = 2;
    private const int FirstVersionWithGroups = 8;
    private const int FirstVersionWithTopicIds = 10;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, OffsetFetchRequest request, CancellationToken cancellationToken)
    {
        var version = context.ApiVersion;
        var groups = version >= FirstVersionWithGroups ? request.Groups : [ToGroup(request)];
        var isCertain = await coordinator.TryConfirmAsync(groups.Select(group => group.GroupId), cancellationToken);
        var answers = groups.ConvertAll(group => Fetch(group, version, isCertain));
        return version >= FirstVersionWithGroups ? new OffsetFetchResponse { Groups = answers } : ToSingleGroupResponse(answers[0], version);
    }

    protected override OffsetFetchResponse CreateErrorResponse(OffsetFetchRequest request, ErrorCode errorCode) => new()
    {
        ErrorCode = errorCode,
        Groups = request.Groups.ConvertAll(group => new OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = errorCode }),
    };

    private static OffsetFetchRequestGroup ToGroup(OffsetFetchRequest request) => new()
    {
        GroupId = request.GroupId,
        Topics = request.Topics?.ConvertAll(topic => new OffsetFetchRequestTopics { Name = topic.Name, PartitionIndexes = topic.PartitionIndexes }),
    };

    private static OffsetFetchResponse ToSingleGroupResponse(OffsetFetchResponseGroup group, short version) => new()
    {
        ErrorCode = group.ErrorCode,
        Topics = version >= FirstVersionWithGroupError && group.ErrorCode != ErrorCode.None
            ? []
            : group.Topics.ConvertAll(topic => new OffsetFetchResponseTopic
            {
                Name = topic.Name,
                Partitions = topic.Partitions.ConvertAll(partition => new OffsetFetchResponsePartition
                {
                    PartitionIndex = partition.PartitionIndex,
                    CommittedOffset = partition.CommittedOffset,
                    CommittedLeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.Metadata,
                    ErrorCode = group.ErrorCode != ErrorCode.None ? group.ErrorCode : partition.ErrorCode,
                }),
            }),
    };

    private OffsetFetchResponseGroup Fetch(OffsetFetchRequestGroup group, short version, bool isCertain)
    {
        var error = coordinator.FindShard(group.GroupId, out var shard);
        if (error == ErrorCode.None && !isCertain)
        {
            error = ErrorCode.CoordinatorLoadInProgress;
        }

        if (error != ErrorCode.None)
        {
            // Version 1 has a place for errors at partitions alone.
            return new OffsetFetchResponseGroup
            {
                GroupId = group.GroupId,
                ErrorCode = error,
                Topics = version < FirstVersionWithGroupError ? FetchTopics(shard: null, group.GroupId, group.Topics ?? [], version) : [],
            };
        }

        error = shard!.ValidateOffsetFetch(group.GroupId, group.MemberId, group.MemberEpoch);
        if (error != ErrorCode.None)
        {
            return new OffsetFetchResponseGroup { GroupId = group.GroupId, ErrorCode = error };
        }

        return new OffsetFetchResponseGroup
        {
            GroupId = group.GroupId,
            Topics = group.Topics is null ? FetchAll(shard, group.GroupId, version) : FetchTopics(shard, group.GroupId, group.Topics, version),
        };
    }

    private List<OffsetFetchResponseTopics> FetchAll(GroupShard shard, string groupId, short version)
    {
        var responses = new Dictionary<Guid, OffsetFetchResponseTopics>();
        foreach (var (key, offset) in shard.ListOffsets(groupId))
        {
            if (!responses.TryGetValue(key.TopicId, out var topicResponse))
            {
                if (!topics.TryGetTopic(key.TopicId, out var name, out _))
                {
                    // The topic is deleted, and its offsets are about to go.
                    continue;
                }

                topicResponse = Topic(name, key.TopicId, version);
                responses.Add(key.TopicId, topicResponse);
            }

            topicResponse.Partitions.Add(Partition(key.Partition, offset));
        }

        return [.. responses.Values];
    }

    private List<OffsetFetchResponseTopics> FetchTopics(
        GroupShard? shard, string groupId, List<OffsetFetchRequestTopics> requested, short version) =>
        requested.ConvertAll(topic =>
        {
            var (topicId, error) = Find(topic, version);
            var response = Topic(topic.Name, topic.TopicId, version);
            response.Partitions = topic.PartitionIndexes.ConvertAll(partition =>
            {
                var answer = Partition(partition, topicId is null ? null : shard?.FindOffset(groupId, new OffsetKey(topicId.Value, partition)));
                answer.ErrorCode = error;
                return answer;
            });
            return response;
        });

    private (Guid? TopicId, ErrorCode Error) Find(OffsetFetchRequestTopics topic, short version)
    {
        if (version >= FirstVersionWithTopicIds)
        {
            return topics.TryGetTopic(topic.TopicId, out _, out _) ? (topic.TopicId, ErrorCode.None) : (null, ErrorCode.UnknownTopicId);
        }

        // A name that no topic has is no error here, as in Kafka: nothing is committed for it.
        return (topics.TryGetTopic(topic.Name, out var topicId, out _) ? topicId : null, ErrorCode.None);
    }

    private static OffsetFetchResponseTopics Topic(string name, Guid topicId, short version) =>
        version >= FirstVersionWithTopicIds ? new() { TopicId = topicId } : new() { Name = name };

    private static OffsetFetchResponsePartitions Partition(int partition, CommittedOffset? offset) => new()
    {
        PartitionIndex = partition,
        CommittedOffset = offset?.Offset ?? NoOffset,
        CommittedLeaderEpoch = offset?.LeaderEpoch ?? -1,
        Metadata = offset?.Metadata ?? "",
    };
}
