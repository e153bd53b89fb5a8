using System.Diagnostics.Metrics;
using Kafscale.Storage.ObjectStores.Replica;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>What is published of an object store and of the decorators around it.</summary>
public sealed class ObjectStoreMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Kafscale.Storage";

    private static readonly double[] DurationBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10, 30];

    private static readonly MetricSection Section = new("Object store");

    private static readonly MetricDefinition Requests = Section.Counter(
        "kafscale_object_store_requests_total", null, "Requests to the object store, each attempt by itself.", "operation", "outcome", "store");

    private static readonly MetricDefinition Duration = Section.Histogram(
        "kafscale_object_store_request_duration_seconds", "s", DurationBounds, "From a request to its end, however it ended.", "operation", "store");

    private static readonly MetricDefinition Bytes = Section.Counter(
        "kafscale_object_store_bytes_total", "By", "Bytes of objects that were written (put) and read (get).", "operation", "store");

    private static readonly MetricDefinition Cost = Section.Counter(
        "kafscale_object_store_cost_dollars_total", null, "What the requests cost by the configured prices; storage is not part of it.", "operation", "store");

    private static readonly MetricDefinition Retries = Section.Counter(
        "kafscale_object_store_retries_total", null, "Requests that were tried again.", "reason");

    private static readonly MetricDefinition RetryBudgetExhausted = Section.Counter(
        "kafscale_object_store_retry_budget_exhausted_total", null, "Failed requests that were not tried again because too many others were.");

    private static readonly MetricDefinition Hedges = Section.Counter(
        "kafscale_object_store_hedges_total", null, "Slow reads for which a second request was sent.");

    private static readonly MetricDefinition HedgeWins = Section.Counter(
        "kafscale_object_store_hedge_wins_total", null, "Second requests that answered first.");

    private static readonly MetricDefinition LaneWait = Section.Histogram(
        "kafscale_object_store_lane_wait_seconds", "s", DurationBounds, "How long requests waited for their turn.", "lane");

    private static readonly MetricDefinition LaneInFlight = Section.Gauge("kafscale_object_store_lane_in_flight", null, "Requests in progress.", "lane");

    private static readonly MetricDefinition LaneQueued = Section.Gauge("kafscale_object_store_lane_queued", null, "Requests that wait for their turn.", "lane");

    /// <summary>What is published.</summary>
    public static IReadOnlyList<MetricSection> Sections => [Section, ReplicaReadMetrics.Section];

    private readonly Counter<long> _retries;
    private readonly Counter<long> _retryBudgetExhausted;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _hedgeWins;
    private readonly Histogram<double> _laneWait;
    private readonly List<ConcurrencyLimiter> _lanes = [];

    /// <summary>Creates the instruments.</summary>
    /// <param name="prices">What requests to the primary and to the replica cost.</param>
    public ObjectStoreMetrics(ObjectStorePrices prices)
    {
        var requests = Requests.CreateCounter<long>(Meter);
        var duration = Duration.CreateHistogram(Meter);
        var bytes = Bytes.CreateCounter<long>(Meter);
        var cost = Cost.CreateCounter<double>(Meter);
        Primary = new RequestMetrics("primary", requests, duration, bytes, cost, prices);
        Replica = new RequestMetrics("replica", requests, duration, bytes, cost, prices);
        _retries = Retries.CreateCounter<long>(Meter);
        _retryBudgetExhausted = RetryBudgetExhausted.CreateCounter<long>(Meter);
        _hedges = Hedges.CreateCounter<long>(Meter);
        _hedgeWins = HedgeWins.CreateCounter<long>(Meter);
        _laneWait = LaneWait.CreateHistogram(Meter);
        LaneInFlight.Observe(Meter, () => OfEachLane(static lane => lane.InFlight));
        LaneQueued.Observe(Meter, () => OfEachLane(static lane => lane.Queued));
    }

    /// <summary>Publishes the requests to the primary, with <c>store="primary"</c>.</summary>
    public IObjectStoreObserver Primary { get; }

    /// <summary>Publishes the requests to the replica, with <c>store="replica"</c>.</summary>
    public IObjectStoreObserver Replica { get; }

    internal Meter Meter { get; } = new(MeterName);

    /// <inheritdoc/>
    public void Dispose() => Meter.Dispose();

    internal void AddLane(ConcurrencyLimiter lane)
    {
        lock (_lanes)
        {
            _lanes.Add(lane);
        }
    }

    internal void OnRetry(ObjectStoreOutcome reason) => _retries.Add(1, new KeyValuePair<string, object?>("reason", RequestMetrics.NameOf(reason)));

    internal void OnRetryBudgetExhausted() => _retryBudgetExhausted.Add(1);

    internal void OnHedge() => _hedges.Add(1);

    internal void OnHedgeWin() => _hedgeWins.Add(1);

    internal void OnLaneEntered(string lane, TimeSpan wait) =>
        _laneWait.Record(wait.TotalSeconds, new KeyValuePair<string, object?>("lane", lane));

    private List<Measurement<int>> OfEachLane(Func<ConcurrencyLimiter, int> read)
    {
        lock (_lanes)
        {
            return _lanes.ConvertAll(lane => new Measurement<int>(read(lane), new KeyValuePair<string, object?>("lane", lane.Name)));
        }
    }
}
