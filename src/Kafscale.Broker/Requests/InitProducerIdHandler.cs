using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Requests;

/// <summary>Gives idempotent producers their ids (KIP-98).</summary>
internal sealed class InitProducerIdHandler(ProducerIds producerIds, TimeProvider timeProvider)
    : RequestHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const long NoProducerId = -1;
    private const short NoProducerEpoch = -1;

    // Less than clients wait for the answer.
    private const int TimeoutMs = 10_000;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, InitProducerIdRequest request, CancellationToken cancellationToken)
    {
        // There are no transactions. This code is one that every client takes for final: it fails the producer instead of
        // trying again.
        if (request.TransactionalId is not null)
        {
            return Failed(request.TransactionalId.Length == 0 ? ErrorCode.InvalidRequest : ErrorCode.TransactionalIdAuthorizationFailed);
        }

        if ((request.ProducerId == NoProducerId) != (request.ProducerEpoch == NoProducerEpoch))
        {
            return Failed(ErrorCode.InvalidRequest);
        }

        // A producer that has an id and bumps its epoch gets a new id, because only transactions have an owner who would
        // fence the old one (KIP-360).
        using var deadline = new Deadline(TimeoutMs, timeProvider, cancellationToken);
        return await producerIds.NextAsync(deadline) is { } id
            ? new InitProducerIdResponse { ProducerId = id, ProducerEpoch = 0 }
            : Failed(ErrorCode.CoordinatorLoadInProgress);
    }

    protected override InitProducerIdResponse CreateErrorResponse(InitProducerIdRequest request, ErrorCode errorCode) => Failed(errorCode);

    private static InitProducerIdResponse Failed(ErrorCode errorCode) =>
        new() { ErrorCode = errorCode, ProducerId = NoProducerId, ProducerEpoch = NoProducerEpoch };
}
