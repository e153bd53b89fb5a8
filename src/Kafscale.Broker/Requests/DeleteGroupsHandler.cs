using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DeleteGroupsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Deletes groups without members, with their offsets.</summary>
internal sealed class DeleteGroupsHandler(GroupCoordinator coordinator) : RequestHandler<DeleteGroupsRequest, DeleteGroupsResponse>
{
    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DeleteGroupsRequest request, CancellationToken cancellationToken)
    {
        // All at once: together they wait for the metadata store as long as one.
        var errors = await Task.WhenAll(request.GroupsNames.ConvertAll(DeleteAsync));
        return new DeleteGroupsResponse
        {
            Results = [.. request.GroupsNames.Select((groupId, i) => new DeletableGroupResult { GroupId = groupId, ErrorCode = errors[i] })],
        };
    }

    protected override DeleteGroupsResponse CreateErrorResponse(DeleteGroupsRequest request, ErrorCode errorCode) =>
        new() { Results = request.GroupsNames.ConvertAll(groupId => new DeletableGroupResult { GroupId = groupId, ErrorCode = errorCode }) };

    private async Task<ErrorCode> DeleteAsync(string groupId)
    {
        var error = coordinator.FindShard(groupId, out var shard);
        return error == ErrorCode.None ? await shard!.DeleteGroupAsync(groupId) : error;
    }
}
