namespace Kafscale.Broker.Telemetry;

/// <summary>The types of metrics, by their names in the text format.</summary>
internal enum PrometheusMetricKind
{
    Counter,
    Gauge,
    Histogram,
}
