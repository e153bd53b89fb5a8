using System.Diagnostics.Metrics;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Publishes the requests to one store of several that share the instruments.</summary>
internal sealed class RequestMetrics : IObjectStoreObserver
{
    private static readonly string[] OperationNames = ["put", "get", "head", "list", "delete"];

    private static readonly string[] OutcomeNames =
        ["success", "not_found", "already_exists", "throttled", "timed_out", "unavailable", "denied", "rejected", "cancelled"];

    private readonly Counter<long> _requests;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _bytes;
    private readonly Counter<double> _cost;
    private readonly ObjectStorePrices _prices;
    private readonly KeyValuePair<string, object?> _store;

    public RequestMetrics(
        string store, Counter<long> requests, Histogram<double> duration, Counter<long> bytes, Counter<double> cost, ObjectStorePrices prices)
    {
        _requests = requests;
        _duration = duration;
        _bytes = bytes;
        _cost = cost;
        _prices = prices;
        _store = new KeyValuePair<string, object?>("store", store);
    }

    public static string NameOf(ObjectStoreOutcome outcome) => OutcomeNames[(int)outcome];

    public void OnCompleted(in CompletedOperation operation)
    {
        var name = new KeyValuePair<string, object?>("operation", OperationNames[(int)operation.Operation]);
        _requests.Add(1, name, new KeyValuePair<string, object?>("outcome", NameOf(operation.Outcome)), _store);
        _duration.Record(operation.Duration.TotalSeconds, name, _store);
        if (operation.Bytes > 0)
            _bytes.Add(operation.Bytes, name, _store);
        var dollars = _prices.DollarsFor(in operation);
        if (dollars > 0)
            _cost.Add(dollars, name, _store);
    }
}
