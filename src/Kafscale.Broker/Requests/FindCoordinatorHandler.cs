using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.FindCoordinatorResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells which broker coordinates a group.</summary>
/// <remarks>
/// Transactions are refused here, where every transactional client begins, with TRANSACTIONAL_ID_AUTHORIZATION_FAILED: it
/// is the one code that librdkafka gives up on at once, showing our message; it repeats the request after any other until
/// its own timeout. The Java client and kafkajs give up on it too.
/// </remarks>
internal sealed class FindCoordinatorHandler(ICoordinatorLocator locator) : RequestHandler<FindCoordinatorRequest, FindCoordinatorResponse>
{
    private const sbyte GroupKeyType = 0;
    private const sbyte TransactionKeyType = 1;
    private const int FirstVersionWithSeveralKeys = 4;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, FindCoordinatorRequest request, CancellationToken cancellationToken)
    {
        if (context.ApiVersion >= FirstVersionWithSeveralKeys)
        {
            return new(new FindCoordinatorResponse
            {
                Coordinators = request.CoordinatorKeys.ConvertAll(key => Find(request.KeyType, key, context.Connection.ListenerName)),
            });
        }

        var found = Find(request.KeyType, request.Key, context.Connection.ListenerName);
        return new(new FindCoordinatorResponse
        {
            ErrorCode = found.ErrorCode,
            ErrorMessage = found.ErrorMessage,
            NodeId = found.NodeId,
            Host = found.Host,
            Port = found.Port,
        });
    }

    protected override FindCoordinatorResponse CreateErrorResponse(FindCoordinatorRequest request, ErrorCode errorCode) =>
        request.CoordinatorKeys.Count > 0
            ? new() { Coordinators = request.CoordinatorKeys.ConvertAll(key => Failed(key, errorCode, message: null)) }
            : new() { ErrorCode = errorCode, NodeId = -1, Port = -1 };

    private Coordinator Find(sbyte keyType, string key, string listenerName) => keyType switch
    {
        GroupKeyType => FindGroup(key, listenerName),
        TransactionKeyType => Failed(
            key,
            ErrorCode.TransactionalIdAuthorizationFailed,
            "Kafscale does not support transactions. Leave transactional.id unset; the idempotent producer (enable.idempotence=true) works without it."),
        _ => Failed(key, ErrorCode.InvalidRequest, $"There are no coordinators of type {keyType}."),
    };

    private Coordinator FindGroup(string groupId, string listenerName) =>
        locator.Locate(groupId, listenerName) is { } endpoint
            ? new Coordinator { Key = groupId, NodeId = endpoint.BrokerId, Host = endpoint.Host, Port = endpoint.Port }
            : Failed(groupId, ErrorCode.CoordinatorNotAvailable, "No broker coordinates the groups at the moment.");

    private static Coordinator Failed(string key, ErrorCode error, string? message) =>
        new() { Key = key, NodeId = -1, Port = -1, ErrorCode = error, ErrorMessage = message };
}
