using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.JoinGroupResponse;

namespace Kafscale.Broker.Requests;

/// <summary>A member joins its group's next generation, and waits for it.</summary>
internal sealed class JoinGroupHandler(GroupCoordinator coordinator) : RequestHandler<JoinGroupRequest, JoinGroupResponse>
{
    private const int FirstVersionThatRequiresKnownMemberId = 4;
    private const int FirstVersionWithNullableProtocolName = 7;
    private const int FirstVersionWithSkipAssignment = 9;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, JoinGroupRequest request, CancellationToken cancellationToken)
    {
        var error = Validate(request, coordinator.Options);
        if (error != ErrorCode.None)
        {
            return ToResponse(JoinGroupResult.Failed(request.MemberId, error), context.ApiVersion);
        }

        error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            return ToResponse(JoinGroupResult.Failed(request.MemberId, error), context.ApiVersion);
        }

        var joining = shard!.JoinAsync(request.GroupId, ToCommand(context, request));
        try
        {
            return ToResponse(await joining.WaitAsync(context.EndWaiting), context.ApiVersion);
        }
        catch (OperationCanceledException)
        {
            shard.AbandonJoin(request.GroupId, joining);
            return ToResponse(JoinGroupResult.Failed(request.MemberId, ErrorCode.CoordinatorNotAvailable), context.ApiVersion);
        }
    }

    protected override JoinGroupResponse CreateErrorResponse(JoinGroupRequest request, ErrorCode errorCode) =>
        new() { ErrorCode = errorCode, MemberId = request.MemberId, ProtocolName = "" };

    private static ErrorCode Validate(JoinGroupRequest request, GroupOptions options)
    {
        if (request.GroupId.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        return request.SessionTimeoutMs < options.MinSessionTimeoutMs || request.SessionTimeoutMs > options.MaxSessionTimeoutMs
            ? ErrorCode.InvalidSessionTimeout
            : ErrorCode.None;
    }

    private JoinGroupCommand ToCommand(RequestContext context, JoinGroupRequest request)
    {
        var clientId = context.ClientId ?? "";
        return new JoinGroupCommand
        {
            MemberId = request.MemberId,
            NewMemberId = request.MemberId.Length == 0 ? coordinator.MemberIds.Create(request.GroupInstanceId ?? clientId) : "",
            InstanceId = request.GroupInstanceId,
            ClientId = clientId,
            ClientHost = "/" + context.Connection.Host,
            SessionTimeoutMs = request.SessionTimeoutMs,

            // Version 0 has one timeout for both.
            RebalanceTimeoutMs = context.ApiVersion == 0 ? request.SessionTimeoutMs : request.RebalanceTimeoutMs,
            ProtocolType = request.ProtocolType,
            Protocols = [.. request.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata))],
            Reason = request.Reason,
            RequiresKnownMemberId = context.ApiVersion >= FirstVersionThatRequiresKnownMemberId,
            SupportsSkippingAssignment = context.ApiVersion >= FirstVersionWithSkipAssignment,
        };
    }

    private static JoinGroupResponse ToResponse(JoinGroupResult result, short version) => new()
    {
        ErrorCode = result.Error,
        GenerationId = result.Generation,
        ProtocolType = result.ProtocolType,
        ProtocolName = version < FirstVersionWithNullableProtocolName ? result.ProtocolName ?? "" : result.ProtocolName,
        Leader = result.Leader,
        SkipAssignment = result.SkipAssignment,
        MemberId = result.MemberId,
        Members = [.. result.Members.Select(member => new JoinGroupResponseMember
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            Metadata = member.Metadata.ToArray(),
        })],
    };
}
