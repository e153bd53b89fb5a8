using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>A member reports that it lives.</summary>
internal sealed class HeartbeatHandler(GroupCoordinator coordinator) : RequestHandler<HeartbeatRequest, HeartbeatResponse>
{
    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, HeartbeatRequest request, CancellationToken cancellationToken) =>
        new(new HeartbeatResponse { ErrorCode = Heartbeat(request) });

    private ErrorCode Heartbeat(HeartbeatRequest request)
    {
        if (request.GroupId.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        var error = coordinator.FindShard(request.GroupId, out var shard);
        return error switch
        {
            ErrorCode.None => shard!.Heartbeat(request.GroupId, request.MemberId, request.GroupInstanceId, request.GenerationId),

            // Members have their whole session timeout from when the groups are read.
            ErrorCode.CoordinatorLoadInProgress => ErrorCode.None,
            _ => error,
        };
    }
}
