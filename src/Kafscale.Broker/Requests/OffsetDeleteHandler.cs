using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.OffsetDeleteResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Deletes committed offsets of topics that the group does not consume from.</summary>
internal sealed class OffsetDeleteHandler(GroupCoordinator coordinator, ITopicDirectory topics)
    : RequestHandler<OffsetDeleteRequest, OffsetDeleteResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, OffsetDeleteRequest request, CancellationToken cancellationToken)
    {
        if (request.GroupId.Length == 0)
        {
            return new OffsetDeleteResponse { ErrorCode = ErrorCode.InvalidGroupId };
        }

        var error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            return new OffsetDeleteResponse { ErrorCode = error };
        }

        var topicIds = request.Topics.ConvertAll(topic => topics.TryGetTopic(topic.Name, out var topicId, out _) ? topicId : (Guid?)null);
        var keys = new List<OffsetKey>();
        for (var i = 0; i < topicIds.Count; i++)
        {
            if (topicIds[i] is { } topicId)
            {
                keys.AddRange(request.Topics[i].Partitions.Select(partition => new OffsetKey(topicId, partition.PartitionIndex)));
            }
        }

        (error, var subscribed) = await shard!.DeleteOffsetsAsync(request.GroupId, keys);
        return error != ErrorCode.None ? new OffsetDeleteResponse { ErrorCode = error } : ToResponse(request, topicIds, subscribed);
    }

    private static OffsetDeleteResponse ToResponse(OffsetDeleteRequest request, List<Guid?> topicIds, IReadOnlySet<Guid> subscribed) => new()
    {
        Topics = [.. request.Topics.Select((topic, i) => new OffsetDeleteResponseTopic
        {
            Name = topic.Name,
            Partitions = topic.Partitions.ConvertAll(partition => new OffsetDeleteResponsePartition
            {
                PartitionIndex = partition.PartitionIndex,
                ErrorCode = topicIds[i] is not { } topicId ? ErrorCode.UnknownTopicOrPartition
                    : subscribed.Contains(topicId) ? ErrorCode.GroupSubscribedToTopic
                    : ErrorCode.None,
            }),
        })],
    };
}
