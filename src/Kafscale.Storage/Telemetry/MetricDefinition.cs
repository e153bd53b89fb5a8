using System.Diagnostics.Metrics;

namespace Kafscale.Storage.Telemetry;

/// <summary>
/// What is published under one name. Instruments are made from it and from nothing else, so that docs/metrics.md, which is made
/// from it too, says what there is.
/// </summary>
/// <param name="Name">The published name.</param>
/// <param name="Kind">Its type.</param>
/// <param name="Unit">By the Unified Code for Units of Measure, as in <c>s</c> and <c>By</c>; <see langword="null"/>: a number of things.</param>
/// <param name="Description">What it tells.</param>
/// <param name="Labels">The names of its labels.</param>
public sealed record MetricDefinition(string Name, MetricKind Kind, string? Unit, string Description, IReadOnlyList<string> Labels)
{
    /// <summary>Of a histogram, the bounds of its buckets, growing.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];

    /// <summary>A counter that is told of what happens.</summary>
    public Counter<T> CreateCounter<T>(Meter meter)
        where T : struct
    {
        var counter = meter.CreateCounter<T>(Name, Unit, Description);
        if (Labels.Count == 0)
        {
            // There from the beginning: Prometheus does not take the first value of a series for an increase.
            counter.Add(default);
        }

        return counter;
    }

    /// <summary>A histogram that is told of what happens.</summary>
    public Histogram<double> CreateHistogram(Meter meter) =>
        meter.CreateHistogram(Name, Unit, Description, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });

    /// <summary>A counter or gauge that is read when somebody asks.</summary>
    public void Observe<T>(Meter meter, Func<T> read)
        where T : struct
    {
        if (Kind == MetricKind.Counter)
        {
            meter.CreateObservableCounter(Name, read, Unit, Description);
        }
        else
        {
            meter.CreateObservableGauge(Name, read, Unit, Description);
        }
    }

    /// <summary>A counter or gauge whose values differ in their labels and are read when somebody asks.</summary>
    public void Observe<T>(Meter meter, Func<IEnumerable<Measurement<T>>> read)
        where T : struct
    {
        if (Kind == MetricKind.Counter)
        {
            meter.CreateObservableCounter(Name, read, Unit, Description);
        }
        else
        {
            meter.CreateObservableGauge(Name, read, Unit, Description);
        }
    }
}
