using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.ConsumerGroupHeartbeatResponse;

namespace Kafscale.Broker.Requests;

/// <summary>A member of the consumer protocol joins, reports, or leaves, and is told what it is to consume from (KIP-848).</summary>
internal sealed class ConsumerGroupHeartbeatHandler(GroupCoordinator coordinator)
    : RequestHandler<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>
{
    private const int FirstVersionWithMemberIdsOfClients = 1;
    private const int NotSaid = -1;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ConsumerGroupHeartbeatRequest request, CancellationToken cancellationToken)
    {
        if (FindFault(request, context.ApiVersion) is { } fault)
        {
            return Failed(ErrorCode.InvalidRequest, fault);
        }

        if (request.ServerAssignor is not null && !ConsumerAssignors.TryFind(request.ServerAssignor, out _))
        {
            return Failed(
                ErrorCode.UnsupportedAssignor,
                $"ServerAssignor {request.ServerAssignor} is not supported. Supported assignors: {string.Join(", ", ConsumerAssignors.All.Select(assignor => assignor.Name))}.");
        }

        var error = coordinator.FindShard(request.GroupId, out var shard);
        if (error != ErrorCode.None)
        {
            return Failed(error, null);
        }

        var result = await shard!.ConsumerHeartbeatAsync(request.GroupId, ToCommand(context, request));
        return result.Error != ErrorCode.None
            ? Failed(result.Error, result.ErrorMessage)
            : new ConsumerGroupHeartbeatResponse
            {
                MemberId = result.MemberId,
                MemberEpoch = result.MemberEpoch,
                HeartbeatIntervalMs = coordinator.Configurations.Of(request.GroupId).ConsumerHeartbeatIntervalMs,
                Assignment = result.Assignment is null ? null : ToAssignment(result.Assignment),
            };
    }

    private static ConsumerGroupHeartbeatResponse Failed(ErrorCode error, string? message) => new() { ErrorCode = error, ErrorMessage = message };

    private static string? FindFault(ConsumerGroupHeartbeatRequest request, short version)
    {
        var needsMemberId = version >= FirstVersionWithMemberIdsOfClients || request.MemberEpoch is > 0 or ConsumerHeartbeatCommand.Leaving;
        return request switch
        {
            { MemberId.Length: 0 } when needsMemberId => "MemberId can't be empty.",
            { GroupId.Length: 0 } => "GroupId can't be empty.",
            { InstanceId.Length: 0 } => "InstanceId can't be empty.",
            { RackId.Length: 0 } => "RackId can't be empty.",
            { MemberEpoch: < ConsumerHeartbeatCommand.LeavingForAWhile } => "MemberEpoch is invalid.",
            { MemberEpoch: ConsumerHeartbeatCommand.LeavingForAWhile, InstanceId: null } => "InstanceId can't be null.",
            { MemberEpoch: ConsumerHeartbeatCommand.Joining, RebalanceTimeoutMs: NotSaid } => "RebalanceTimeoutMs must be provided in first request.",
            { MemberEpoch: ConsumerHeartbeatCommand.Joining, TopicPartitions: null or { Count: > 0 } } => "TopicPartitions must be empty when (re-)joining.",
            { MemberEpoch: ConsumerHeartbeatCommand.Joining, SubscribedTopicNames: null, SubscribedTopicRegex: null } =>
                "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.",
            _ => null,
        };
    }

    private static MemberAssignment ToAssignment(IEnumerable<AssignedPartition> partitions) => new()
    {
        TopicPartitions =
        [
            .. partitions.GroupBy(partition => partition.TopicId).OrderBy(topic => topic.Key).Select(topic => new TopicPartitions
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(partition => partition.Partition).Order()],
            }),
        ],
    };

    private ConsumerHeartbeatCommand ToCommand(RequestContext context, ConsumerGroupHeartbeatRequest request) => new()
    {
        MemberId = request.MemberId.Length > 0 ? request.MemberId : coordinator.MemberIds.Create(context.ClientId ?? ""),
        MemberEpoch = request.MemberEpoch,
        InstanceId = request.InstanceId,
        RackId = request.RackId,
        ClientId = context.ClientId ?? "",
        ClientHost = "/" + context.Connection.Host,
        RebalanceTimeoutMs = request.RebalanceTimeoutMs == NotSaid ? null : request.RebalanceTimeoutMs,
        SubscribedTopicNames = request.SubscribedTopicNames,
        SubscribedTopicRegex = request.SubscribedTopicRegex,
        ServerAssignor = request.ServerAssignor,
        Owned = request.TopicPartitions?
            .SelectMany(topic => topic.Partitions.Select(partition => new AssignedPartition(topic.TopicId, partition))).ToHashSet(),
    };
}
