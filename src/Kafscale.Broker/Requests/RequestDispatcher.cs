using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>The table of the APIs that this broker answers.</summary>
internal sealed class RequestDispatcher
{
    private readonly IRequestHandler?[] _handlers;

    /// <param name="handlers">One per API. The one for ApiVersions, which lists them, is added here.</param>
    /// <param name="metrics">Are told of every request.</param>
    /// <exception cref="ArgumentException">Two handlers have the same API, or one has versions that are not defined.</exception>
    public RequestDispatcher(IEnumerable<IRequestHandler> handlers, BrokerMetrics metrics)
    {
        _handlers = new IRequestHandler?[ApiCatalog.All.Max(api => (short)api.Key) + 1];
        foreach (IRequestHandler handler in handlers)
        {
            Add(handler);
        }

        Metrics = metrics;
        ApiVersions = new ApiVersionsHandler(_handlers);
        Add(ApiVersions);
    }

    public ApiVersionsHandler ApiVersions { get; }

    /// <summary>Told of requests by whoever has them handled.</summary>
    public BrokerMetrics Metrics { get; }

    /// <summary>The handler for a key and a version as they came from the wire; null where there is none.</summary>
    public IRequestHandler? Find(short apiKey, short apiVersion)
    {
        IRequestHandler? handler = (uint)apiKey < (uint)_handlers.Length ? _handlers[apiKey] : null;
        return handler is not null && apiVersion >= handler.MinVersion && apiVersion <= handler.MaxVersion ? handler : null;
    }

    private void Add(IRequestHandler handler)
    {
        ApiDescription api = ApiCatalog.Get(handler.ApiKey);
        if (handler.MinVersion < api.MinVersion || handler.MaxVersion > api.MaxVersion || handler.MinVersion > handler.MaxVersion)
        {
            throw new ArgumentException(
                $"The handler for {api.Name} offers versions {handler.MinVersion} to {handler.MaxVersion}, defined are {api.MinVersion} to {api.MaxVersion}.",
                nameof(handler));
        }

        ref IRequestHandler? place = ref _handlers[(short)handler.ApiKey];
        place = place is null
            ? handler
            : throw new ArgumentException($"There are two handlers for {api.Name}.", nameof(handler));
    }
}
