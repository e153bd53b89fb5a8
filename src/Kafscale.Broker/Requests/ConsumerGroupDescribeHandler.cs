using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.ConsumerGroupDescribeResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Describes groups of the consumer protocol with their members (KIP-848).</summary>
internal sealed class ConsumerGroupDescribeHandler(GroupCoordinator coordinator, ITopicDirectory topics)
    : RequestHandler<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>
{
    private const sbyte ClassicMemberType = 0;
    private const sbyte ConsumerMemberType = 1;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ConsumerGroupDescribeRequest request, CancellationToken cancellationToken) =>
        new(new ConsumerGroupDescribeResponse
        {
            Groups = request.GroupIds.ConvertAll(groupId =>
            {
                var described = Describe(groupId);
                if (request.IncludeAuthorizedOperations && described.ErrorCode == ErrorCode.None)
                {
                    described.AuthorizedOperations = AuthorizedOperations.Group;
                }

                return described;
            }),
        });

    protected override ConsumerGroupDescribeResponse CreateErrorResponse(ConsumerGroupDescribeRequest request, ErrorCode errorCode) =>
        new() { Groups = request.GroupIds.ConvertAll(groupId => new DescribedGroup { GroupId = groupId, ErrorCode = errorCode }) };

    private DescribedGroup Describe(string groupId)
    {
        GroupShard? shard = null;
        var error = groupId.Length == 0 ? ErrorCode.InvalidGroupId : coordinator.FindShard(groupId, out shard);
        if (error != ErrorCode.None)
        {
            return new DescribedGroup { GroupId = groupId, ErrorCode = error };
        }

        var description = shard!.DescribeConsumerGroup(groupId);
        if (shard.IsDead)
        {
            return new DescribedGroup { GroupId = groupId, ErrorCode = ErrorCode.NotCoordinator };
        }

        return description is null or { IsDead: true }
            ? new DescribedGroup { GroupId = groupId, ErrorCode = ErrorCode.GroupIdNotFound, ErrorMessage = $"Group {groupId} is not a consumer group." }
            : ToDescribedGroup(description);
    }

    private DescribedGroup ToDescribedGroup(ConsumerGroupDescription description) => new()
    {
        GroupId = description.GroupId,
        GroupState = description.State,
        GroupEpoch = description.Epoch,
        AssignmentEpoch = description.AssignmentEpoch,
        AssignorName = description.AssignorName,
        Members = [.. description.Members.Select(member => new Member
        {
            MemberId = member.MemberId,
            InstanceId = member.InstanceId,
            RackId = member.RackId,
            MemberEpoch = member.MemberEpoch,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            SubscribedTopicNames = [.. member.SubscribedTopicNames],
            SubscribedTopicRegex = string.IsNullOrEmpty(member.SubscribedTopicRegex) ? null : member.SubscribedTopicRegex,
            Assignment = ToAssignment(member.Assigned),
            TargetAssignment = ToAssignment(member.Target),
            MemberType = member.IsClassic ? ClassicMemberType : ConsumerMemberType,
        })],
    };

    private Assignment ToAssignment(IEnumerable<AssignedPartition> partitions)
    {
        var assignment = new Assignment();
        foreach (var topic in partitions.GroupBy(partition => partition.TopicId).OrderBy(topic => topic.Key))
        {
            // One that is deleted has no name any more.
            if (topics.TryGetTopic(topic.Key, out var name, out _))
            {
                assignment.TopicPartitions.Add(new TopicPartitions
                {
                    TopicId = topic.Key,
                    TopicName = name,
                    Partitions = [.. topic.Select(partition => partition.Partition).Order()],
                });
            }
        }

        return assignment;
    }
}
