using Kafscale.Protocol;
using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Requests;

/// <summary>The base of the handlers: one class per API, named for it.</summary>
/// <typeparam name="TRequest">The API's request.</typeparam>
/// <typeparam name="TResponse">The API's response.</typeparam>
internal abstract class RequestHandler<TRequest, TResponse> : IRequestHandler
    where TRequest : class, IRequestMessage, new()
    where TResponse : class, IResponseMessage, new()
{
    private const int MaxKeptRequests = 1024;

    private static readonly Action<TResponse, ErrorCode>? SetErrorCode =
        typeof(TResponse).GetProperty(nameof(ErrorCode), typeof(ErrorCode))?.SetMethod?.CreateDelegate<Action<TResponse, ErrorCode>>();

    private static readonly ObjectPool<TRequest> Requests = new DefaultObjectPool<TRequest>(new RequestPolicy(), MaxKeptRequests);

    private static readonly ApiDescription Description = ApiCatalog.Get(new TRequest().ApiKey);

    public ApiKey ApiKey => Description.Key;

    public virtual short MinVersion => Description.MinVersion;

    public virtual short MaxVersion => Description.MaxStableVersion;

    public virtual bool MayOverlap => false;

    public virtual bool HoldsPayload => false;

    /// <summary>
    /// Whether messages are used again, which is for the APIs that are called often: none of the handler's requests may be
    /// referred to once it is answered.
    /// </summary>
    protected virtual bool ReusesRequests => false;

    IRequestMessage IRequestHandler.CreateRequest() => ReusesRequests ? Requests.Get() : new TRequest();

    void IRequestHandler.GiveBack(IRequestMessage request)
    {
        if (ReusesRequests)
        {
            Requests.Return((TRequest)request);
        }
    }

    IResponseMessage? IRequestHandler.CreateErrorResponse(IRequestMessage request, ErrorCode errorCode) =>
        CreateErrorResponse((TRequest)request, errorCode);

    ValueTask<IResponseMessage?> IRequestHandler.HandleAsync(
        RequestContext context, IRequestMessage request, CancellationToken cancellationToken) =>
        HandleAsync(context, (TRequest)request, cancellationToken);

    /// <inheritdoc cref="IRequestHandler.HandleAsync"/>
    protected abstract ValueTask<IResponseMessage?> HandleAsync(RequestContext context, TRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// What a client is told that the whole request failed. Where the response has no error code at its top, a handler
    /// gives one that has the code where it belongs, or null to have the connection closed.
    /// </summary>
    protected virtual TResponse? CreateErrorResponse(TRequest request, ErrorCode errorCode)
    {
        if (SetErrorCode is null)
        {
            return null;
        }

        var response = new TResponse();
        SetErrorCode(response, errorCode);
        return response;
    }

    private sealed class RequestPolicy : PooledObjectPolicy<TRequest>
    {
        public override TRequest Create() => new();

        public override bool Return(TRequest obj)
        {
            obj.Reset();
            return true;
        }
    }
}
