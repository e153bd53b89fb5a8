namespace Kafscale.Broker.Telemetry;

/// <summary>The text formats that metrics are written in.</summary>
public enum PrometheusFormat
{
    /// <summary>The Prometheus text format, version 0.0.4.</summary>
    Text,

    /// <summary>OpenMetrics, version 1.0.0.</summary>
    OpenMetrics,
}
