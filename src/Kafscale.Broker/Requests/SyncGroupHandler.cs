using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>A member asks for its assignment; the leader brings everybody's.</summary>
internal sealed class SyncGroupHandler(GroupCoordinator coordinator) : RequestHandler<SyncGroupRequest, SyncGroupResponse>
{
    private const int FirstVersionWithProtocol = 5;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, SyncGroupRequest request, CancellationToken cancellationToken)
    {
        if (request.GroupId.Length == 0)
        {
            return Failed(ErrorCode.InvalidGroupId);
        }

        if (context.ApiVersion >= FirstVersionWithProtocol && (request.ProtocolType is null || request.ProtocolName is null))
        {
            return Failed(ErrorCode.InconsistentGroupProtocol);
        }

        var error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            // A member in the middle of a rebalance is better off beginning anew than asking until the groups are read.
            return Failed(error == ErrorCode.CoordinatorLoadInProgress ? ErrorCode.RebalanceInProgress : error);
        }

        var syncing = shard!.SyncAsync(request.GroupId, ToCommand(request));
        try
        {
            var result = await syncing.WaitAsync(context.EndWaiting);
            return new SyncGroupResponse
            {
                ErrorCode = result.Error,
                ProtocolType = result.ProtocolType,
                ProtocolName = result.ProtocolName,
                Assignment = result.Assignment.ToArray(),
            };
        }
        catch (OperationCanceledException)
        {
            return Failed(ErrorCode.CoordinatorNotAvailable);
        }
    }

    private static SyncGroupResponse Failed(ErrorCode error) => new() { ErrorCode = error };

    private static SyncGroupCommand ToCommand(SyncGroupRequest request)
    {
        var assignments = new Dictionary<string, ReadOnlyMemory<byte>>();
        foreach (var assignment in request.Assignments)
        {
            assignments[assignment.MemberId] = assignment.Assignment;
        }

        return new SyncGroupCommand
        {
            MemberId = request.MemberId,
            Generation = request.GenerationId,
            InstanceId = request.GroupInstanceId,
            ProtocolType = request.ProtocolType,
            ProtocolName = request.ProtocolName,
            Assignments = assignments,
        };
    }
}
