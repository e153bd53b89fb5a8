using System.Diagnostics.Metrics;
using Kafscale.Protocol;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>How often each API is asked for, how long it takes, and what errors are answered.</summary>
internal sealed class RequestMetrics
{
    private static readonly double[] DurationBounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly double[] LatencyBoundsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000];

    // The APIs that administrate, or that nobody but an administrator's tool asks for.
    private static readonly ApiKey[] AdminApis =
    [
        ApiKey.CreateTopics, ApiKey.DeleteTopics, ApiKey.CreatePartitions, ApiKey.DeleteRecords, ApiKey.DescribeTopicPartitions,
        ApiKey.DescribeConfigs, ApiKey.AlterConfigs, ApiKey.IncrementalAlterConfigs, ApiKey.ListConfigResources,
        ApiKey.DescribeCluster, ApiKey.DescribeLogDirs, ApiKey.DescribeProducers,
        ApiKey.ListGroups, ApiKey.DescribeGroups, ApiKey.DeleteGroups, ApiKey.OffsetDelete, ApiKey.ConsumerGroupDescribe,
    ];

    public static MetricSection Section { get; } = new("Requests");

    private static readonly MetricDefinition Requests = Section.Counter(
        "kafscale_requests_total", null, "Requests that were answered, or needed no answer.", "api");

    private static readonly MetricDefinition Duration = Section.Histogram(
        "kafscale_request_duration_seconds", "s", DurationBounds,
        "From a request's last byte to its response, which is then written in its turn. What a request waits for counts: records (Fetch), members (JoinGroup).", "api");

    private static readonly MetricDefinition Errors = Section.Counter(
        "kafscale_request_errors_total", null, "Errors that were answered, by their Kafka names; each partition's counts.", "api", "error");

    private static readonly MetricDefinition Denied = Section.Counter(
        "kafscale_authz_denied_total", null, "Authorization errors that were answered: the API that was asked for, and what for.", "action", "resource");

    private static readonly MetricDefinition ProduceRate = Section.Gauge(
        "kafscale_produce_rps", null, "Produce requests a second since the last scrape.");

    private static readonly MetricDefinition FetchRate = Section.Gauge(
        "kafscale_fetch_rps", null, "Fetch requests a second since the last scrape.");

    private static readonly MetricDefinition ProduceLatencyMs = Section.Histogram(
        "kafscale_produce_latency_ms", "ms", LatencyBoundsMs, "From a Produce request to its answer.");

    private static readonly MetricDefinition AdminRequests = Section.Counter(
        "kafscale_admin_requests_total", null, "Requests of the APIs that administrate.", "api");

    private static readonly MetricDefinition AdminErrors = Section.Counter(
        "kafscale_admin_request_errors_total", null, "Those that were answered with an error.", "api");

    private static readonly MetricDefinition AdminLatencyMs = Section.Gauge(
        "kafscale_admin_request_latency_ms_avg", "ms", "Their mean duration since the last scrape.", "api");

    private static readonly MetricDefinition Refused = Section.Counter(
        "kafscale_backpressure_refusals_total", null, "Requests that were refused because the object store is not healthy.", "api");

    private readonly ApiMetrics?[] _byKey;
    private readonly Histogram<double> _produceLatency;
    private readonly Counter<long> _refused;

    public RequestMetrics(Meter meter, TimeProvider timeProvider)
    {
        var duration = Duration.CreateHistogram(meter);
        var errors = Errors.CreateCounter<long>(meter);
        var denied = Denied.CreateCounter<long>(meter);
        _produceLatency = ProduceLatencyMs.CreateHistogram(meter);
        _refused = Refused.CreateCounter<long>(meter);
        _byKey = new ApiMetrics?[ApiCatalog.All.Max(api => (short)api.Key) + 1];
        foreach (var api in ApiCatalog.All)
        {
            var metrics = new ApiMetrics(api.Name, duration, errors, denied);
            _byKey[(short)api.Key] = metrics;

            // There from the beginning: the first one is worth an alert, and Prometheus does not take the first value of a series for an increase.
            errors.Add(0, metrics.Label, ErrorLabels.Of(ErrorCode.UnknownServerError));
        }

        Requests.Observe(meter, () => OfEach(_byKey.OfType<ApiMetrics>(), static api => api.Count));
        ProduceRate.Observe(meter, new RateSinceLastLook(() => Of(ApiKey.Produce).Count, timeProvider).Look);
        FetchRate.Observe(meter, new RateSinceLastLook(() => Of(ApiKey.Fetch).Count, timeProvider).Look);
        var admin = Array.ConvertAll(AdminApis, Of);
        AdminRequests.Observe(meter, () => OfEach(admin, static api => api.Count));
        AdminErrors.Observe(meter, () => OfEach(admin, static api => api.FailedCount));
        AdminLatencyMs.Observe(meter, () => OfEach(admin, static api => api.MeanMillisecondsSinceLastLook()));
    }

    /// <summary>A request came to its end.</summary>
    /// <param name="api">Which API.</param>
    /// <param name="duration">Since it was received.</param>
    /// <param name="response">The answer; <see langword="null"/>: there is none.</param>
    public void OnCompleted(ApiKey api, TimeSpan duration, IResponseMessage? response) => Of(api).OnCompleted(duration, response);

    /// <summary>A Produce request came to its end.</summary>
    public void OnProduced(TimeSpan duration) => _produceLatency.Record(duration.TotalMilliseconds);

    /// <summary>A request was refused for the object store's sake.</summary>
    public void OnRefused(ApiKey api) => _refused.Add(1, new KeyValuePair<string, object?>("api", api == ApiKey.Produce ? "produce" : "fetch"));

    private ApiMetrics Of(ApiKey api) => _byKey[(short)api]!;

    // What was never asked for is left out.
    private static IEnumerable<Measurement<T>> OfEach<T>(IEnumerable<ApiMetrics> apis, Func<ApiMetrics, T> read)
        where T : struct => apis.Where(api => api.Count > 0).Select(api => new Measurement<T>(read(api), api.Label));
}
