using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>Lists the groups that this broker coordinates; clients ask every broker.</summary>
internal sealed class ListGroupsHandler(GroupCoordinator coordinator) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    private const string GroupType = "classic";

    protected override ValueTask<ListGroupsResponse?> HandleAsync(
        RequestContext context, ListGroupsRequest request, CancellationToken cancellationToken)
    {
        var error = coordinator.FindShard(out var shard);
        if (shard is null)
        {
            // Other brokers coordinate; what is here is nothing, and that is the whole answer.
            return new(new ListGroupsResponse());
        }

        if (error != ErrorCode.None)
        {
            return new(new ListGroupsResponse { ErrorCode = error == ErrorCode.NotCoordinator ? ErrorCode.CoordinatorNotAvailable : error });
        }

        return new(new ListGroupsResponse
        {
            Groups = [.. shard.List().Where(group => Matches(request, group)).Select(group => new ListGroupsResponse.ListedGroup
            {
                GroupId = group.GroupId,
                ProtocolType = group.ProtocolType,
                GroupState = group.State.ToString(),
                GroupType = GroupType,
            })],
        });
    }

    /// <summary>An empty filter lets everything pass; a name that there is not, nothing.</summary>
    private static bool Matches(ListGroupsRequest request, ListedGroup group) =>
        group.State != ClassicGroupState.Dead
        && (request.StatesFilter.Count == 0 || request.StatesFilter.Contains(group.State.ToString(), StringComparer.OrdinalIgnoreCase))
        && (request.TypesFilter.Count == 0 || request.TypesFilter.Contains(GroupType, StringComparer.OrdinalIgnoreCase));
}
