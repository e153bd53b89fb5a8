using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>Lists the groups that this broker coordinates; clients ask every broker.</summary>
internal sealed class ListGroupsHandler(GroupCoordinator coordinator, TimeProvider timeProvider) : RequestHandler<ListGroupsRequest, ListGroupsResponse>
{
    // Reading the groups of another broker's shards takes some tenths of a second, the next session of this one some seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ListGroupsRequest request, CancellationToken cancellationToken)
    {
        // An error would be right, too, but whoever lists groups does not ask again, and librdkafka 2.16 frees memory twice at one, which ends its process.
        var error = coordinator.FindShards(out var shards);
        for (var waited = TimeSpan.Zero; error != ErrorCode.None && waited < Patience && !context.EndWaiting.IsCancellationRequested; waited += Pause)
        {
            await Task.Delay(Pause, timeProvider, cancellationToken);
            error = coordinator.FindShards(out shards);
        }

        // Where some are still being read, those that are known come with the error: the list is not whole.
        return new ListGroupsResponse
        {
            ErrorCode = error == ErrorCode.NotCoordinator ? ErrorCode.CoordinatorNotAvailable : error,
            Groups = [.. shards.SelectMany(shard => shard.List()).Where(group => Matches(request, group)).Select(group => new ListGroupsResponse.ListedGroup
            {
                GroupId = group.GroupId,
                ProtocolType = group.ProtocolType,
                GroupState = group.State,
                GroupType = group.Type,
            })],
        };
    }

    /// <summary>An empty filter lets everything pass; a name that there is not, nothing.</summary>
    private static bool Matches(ListGroupsRequest request, ListedGroup group) =>
        group.State != nameof(ClassicGroupState.Dead)
        && (request.StatesFilter.Count == 0 || request.StatesFilter.Contains(group.State, StringComparer.OrdinalIgnoreCase))
        && (request.TypesFilter.Count == 0 || request.TypesFilter.Contains(group.Type, StringComparer.OrdinalIgnoreCase));
}
