using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>Lists the groups that this broker coordinates; clients ask every broker.</summary>
internal sealed class ListGroupsHandler(GroupCoordinator coordinator) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ListGroupsRequest request, CancellationToken cancellationToken)
    {
        // Where some are still being read, those that are known come with the error: the list is not whole.
        var error = coordinator.FindShards(out var shards);
        return new(new ListGroupsResponse
        {
            ErrorCode = error == ErrorCode.NotCoordinator ? ErrorCode.CoordinatorNotAvailable : error,
            Groups = [.. shards.SelectMany(shard => shard.List()).Where(group => Matches(request, group)).Select(group => new ListGroupsResponse.ListedGroup
            {
                GroupId = group.GroupId,
                ProtocolType = group.ProtocolType,
                GroupState = group.State,
                GroupType = group.Type,
            })],
        });
    }

    /// <summary>An empty filter lets everything pass; a name that there is not, nothing.</summary>
    private static bool Matches(ListGroupsRequest request, ListedGroup group) =>
        group.State != nameof(ClassicGroupState.Dead)
        && (request.StatesFilter.Count == 0 || request.StatesFilter.Contains(group.State, StringComparer.OrdinalIgnoreCase))
        && (request.TypesFilter.Count == 0 || request.TypesFilter.Contains(group.Type, StringComparer.OrdinalIgnoreCase));
}
