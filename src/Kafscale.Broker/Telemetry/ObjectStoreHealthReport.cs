using System.Diagnostics.Metrics;
using Kafscale.Storage.Health;
using Kafscale.Storage.Telemetry;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Telemetry;

/// <summary>Publishes how the object store does, by the published names, and logs every change.</summary>
internal sealed partial class ObjectStoreHealthReport : IDisposable
{
    public static MetricSection Section { get; } = new("Health of the object store");

    private static readonly MetricDefinition State = Section.Gauge(
        "kafscale_s3_health_state", null, "1 for the state that the object store is in, else 0.", "state");

    private static readonly MetricDefinition LatencyMs = Section.Gauge(
        "kafscale_s3_latency_ms_avg", "ms", "Mean time to an answer of the object store within s3.health.window.sec.");

    private static readonly MetricDefinition ErrorRate = Section.Gauge(
        "kafscale_s3_error_rate", null, "Share of requests to the object store within s3.health.window.sec that failed.");

    private static readonly MetricDefinition TimeInState = Section.Gauge(
        "kafscale_s3_state_duration_seconds", "s", "How long the present state has lasted.");

    private static readonly ObjectStoreHealthState[] States = Enum.GetValues<ObjectStoreHealthState>();

    private readonly IObjectStoreHealth _health;
    private readonly ILogger _logger;

    public ObjectStoreHealthReport(IObjectStoreHealth health, Meter meter, ILogger<ObjectStoreHealthReport> logger)
    {
        _health = health;
        _logger = logger;
        State.Observe(meter, MeasureStates);
        LatencyMs.Observe(meter, () => health.MeanLatency.TotalMilliseconds);
        ErrorRate.Observe(meter, () => health.ErrorRate);
        TimeInState.Observe(meter, () => health.TimeInState.TotalSeconds);
        health.Changed += OnChanged;
    }

    public void Dispose() => _health.Changed -= OnChanged;

    public static string NameOf(ObjectStoreHealthState state) => state.ToString().ToLowerInvariant();

    private IEnumerable<Measurement<long>> MeasureStates()
    {
        var current = _health.Status.State;
        return States.Select(state => new Measurement<long>(state == current ? 1 : 0, new KeyValuePair<string, object?>("state", NameOf(state))));
    }

    private void OnChanged(ObjectStoreHealthStatus status)
    {
        switch (status.State)
        {
            case ObjectStoreHealthState.Healthy:
                LogHealthy(status.Reason);
                break;
            case ObjectStoreHealthState.Degraded:
                LogDegraded(status.Reason);
                break;
            default:
                LogUnavailable(status.Reason);
                break;
        }
    }

    [LoggerMessage(2001, LogLevel.Warning, "The object store is healthy again: producers and consumers are let in. {Reason}")]
    private partial void LogHealthy(string reason);

    [LoggerMessage(2002, LogLevel.Warning, "The object store is degraded: producers and consumers are told to come again. {Reason}")]
    private partial void LogDegraded(string reason);

    [LoggerMessage(2003, LogLevel.Error, "The object store is unavailable: producers and consumers are told to come again. {Reason}")]
    private partial void LogUnavailable(string reason);
}
