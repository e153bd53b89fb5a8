using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.LeaveGroupResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Members leave their group, or are sent away by an administrator.</summary>
internal sealed class LeaveGroupHandler(GroupCoordinator coordinator) : RequestHandler<LeaveGroupRequest, LeaveGroupResponse>
{
    private const int FirstVersionWithMembers = 3;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, LeaveGroupRequest request, CancellationToken cancellationToken)
    {
        if (request.GroupId.Length == 0)
        {
            return new LeaveGroupResponse { ErrorCode = ErrorCode.InvalidGroupId };
        }

        var error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            return new LeaveGroupResponse { ErrorCode = error };
        }

        if (context.ApiVersion < FirstVersionWithMembers)
        {
            var results = await shard!.LeaveAsync(request.GroupId, [new LeavingMember(request.MemberId, InstanceId: null, Reason: null)]);
            return new LeaveGroupResponse { ErrorCode = results[0] };
        }

        var leaving = request.Members.ConvertAll(member => new LeavingMember(member.MemberId, member.GroupInstanceId, member.Reason));
        var errors = await shard!.LeaveAsync(request.GroupId, leaving);
        return new LeaveGroupResponse
        {
            Members = [.. request.Members.Select((member, i) => new MemberResponse
            {
                MemberId = member.MemberId,
                GroupInstanceId = member.GroupInstanceId,
                ErrorCode = errors[i],
            })],
        };
    }
}
