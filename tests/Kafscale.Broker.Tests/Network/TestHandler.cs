using Kafscale.Broker.Requests;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Network;

/// <summary>A handler that does what the test says.</summary>
internal sealed class TestHandler<TRequest, TResponse>(
    Func<RequestContext, TRequest, CancellationToken, ValueTask<TResponse?>> handle,
    bool mayOverlap = false,
    bool holdsPayload = false) : RequestHandler<TRequest, TResponse>
    where TRequest : class, IRequestMessage, new()
    where TResponse : class, IResponseMessage, new()
{
    public override bool MayOverlap => mayOverlap;

    public override bool HoldsPayload => holdsPayload;

    protected override async ValueTask<IResponseMessage?> HandleAsync(RequestContext context, TRequest request, CancellationToken cancellationToken) =>
        await handle(context, request, cancellationToken);
}
