namespace Kafscale.Storage.Telemetry;

/// <summary>The types of metrics, by their names in the Prometheus text format.</summary>
public enum MetricKind
{
    /// <summary>Only grows, and begins again at 0 when the process does.</summary>
    Counter,

    /// <summary>What is now.</summary>
    Gauge,

    /// <summary>How many values lay up to each of some bounds, and their sum.</summary>
    Histogram,
}
