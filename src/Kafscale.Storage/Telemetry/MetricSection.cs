namespace Kafscale.Storage.Telemetry;

/// <summary>The metrics of one part of the system, in the order in which they are defined.</summary>
/// <param name="title">What docs/metrics.md calls it.</param>
public sealed class MetricSection(string title)
{
    private readonly List<MetricDefinition> _metrics = [];

    /// <summary>What docs/metrics.md calls it.</summary>
    public string Title => title;

    /// <summary>What was defined.</summary>
    public IReadOnlyList<MetricDefinition> Metrics => _metrics;

    /// <summary>Defines a counter.</summary>
    public MetricDefinition Counter(string name, string? unit, string description, params string[] labels) =>
        Add(new MetricDefinition(name, MetricKind.Counter, unit, description, labels));

    /// <summary>Defines a gauge.</summary>
    public MetricDefinition Gauge(string name, string? unit, string description, params string[] labels) =>
        Add(new MetricDefinition(name, MetricKind.Gauge, unit, description, labels));

    /// <summary>Defines a histogram.</summary>
    public MetricDefinition Histogram(string name, string? unit, IReadOnlyList<double> bounds, string description, params string[] labels) =>
        Add(new MetricDefinition(name, MetricKind.Histogram, unit, description, labels) { Bounds = bounds });

    private MetricDefinition Add(MetricDefinition metric)
    {
        _metrics.Add(metric);
        return metric;
    }
}
