using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DescribeGroupsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Describes groups with their members.</summary>
internal sealed class DescribeGroupsHandler(GroupCoordinator coordinator) : RequestHandler<DescribeGroupsRequest, DescribeGroupsResponse>
{
    private const int FirstVersionWithGroupIdNotFound = 6;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeGroupsRequest request, CancellationToken cancellationToken) =>
        new(new DescribeGroupsResponse
        {
            Groups = request.Groups.ConvertAll(groupId =>
            {
                var described = Describe(groupId, context.ApiVersion);
                var isAnswered = request.IncludeAuthorizedOperations && described.ErrorCode == ErrorCode.None;
                described.AuthorizedOperations = isAnswered ? AuthorizedOperations.Group : AuthorizedOperations.NotAsked;
                return described;
            }),
        });

    protected override DescribeGroupsResponse CreateErrorResponse(DescribeGroupsRequest request, ErrorCode errorCode) =>
        new() { Groups = request.Groups.ConvertAll(groupId => new DescribedGroup { GroupId = groupId, ErrorCode = errorCode }) };

    private DescribedGroup Describe(string groupId, short version)
    {
        var error = coordinator.FindShard(groupId, out var shard);
        if (error != ErrorCode.None)
        {
            return new DescribedGroup { GroupId = groupId, ErrorCode = error };
        }

        var description = shard!.Describe(groupId);
        if (shard.IsDead)
        {
            // The group's coordinator has changed since it was looked for; the group itself may be in the best of health.
            return new DescribedGroup { GroupId = groupId, ErrorCode = ErrorCode.NotCoordinator };
        }

        return description is null || description.State == ClassicGroupState.Dead
            ? Missing(groupId, version)
            : ToDescribedGroup(description);
    }

    /// <summary>Before version 6 a group that is not there is a dead one, and no error.</summary>
    private static DescribedGroup Missing(string groupId, short version)
    {
        var missing = new DescribedGroup { GroupId = groupId, GroupState = nameof(ClassicGroupState.Dead) };
        if (version >= FirstVersionWithGroupIdNotFound)
        {
            missing.ErrorCode = ErrorCode.GroupIdNotFound;
            missing.ErrorMessage = $"Group {groupId} not found.";
        }

        return missing;
    }

    private static DescribedGroup ToDescribedGroup(GroupDescription description) => new()
    {
        GroupId = description.GroupId,
        GroupState = description.State.ToString(),
        ProtocolType = description.ProtocolType,
        ProtocolData = description.ProtocolName,
        Members = [.. description.Members.Select(member => new DescribedGroupMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            MemberMetadata = member.Metadata.ToArray(),
            MemberAssignment = member.Assignment.ToArray(),
        })],
    };
}
