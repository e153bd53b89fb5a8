using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>One instrument and the series that its tags make.</summary>
internal sealed class PrometheusMetric
{
    /// <summary>
    /// Further combinations of tags are counted in a series of their own, so that memory is bounded. What is observed is bounded by who
    /// is asked, and counts the same thing anew each time.
    /// </summary>
    internal const int MaxSeries = 2_000;

    // What hot paths record under: a few labels that are always the same objects.
    private const int MaxKnownLabels = 16;

    // For durations in seconds and milliseconds alike, where an instrument does not advise its own.
    private static readonly double[] DefaultBounds =
        [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];

    private static readonly KeyValuePair<string, object?>[] OverflowTags = [new("overflow", "true")];

    private readonly MetricKind _kind;
    private readonly bool _isObservable;
    private readonly bool _isSetNotAdded;
    private readonly string _description;
    private readonly double[] _bounds;
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], PrometheusSeries> _series = new(TagsComparer.Instance);
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], PrometheusSeries>.AlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>
        _seriesBySpan;

    private readonly Lock _adding = new();
    private KnownLabel[] _knownLabels = [];
    private PrometheusSeries? _withoutLabels;

    // The count of a concurrent dictionary takes all its locks.
    private int _seriesCount;

    public PrometheusMetric(Instrument instrument)
    {
        var type = instrument.GetType().GetGenericTypeDefinition();
        _isObservable = instrument.IsObservable;
        _kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _isSetNotAdded = _isObservable || type == typeof(Gauge<>);
        _description = instrument.Description ?? "";
        _bounds = _kind == MetricKind.Histogram ? AdvisedBounds(instrument) ?? DefaultBounds : [];
        _seriesBySpan = _series.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        Name = PrometheusName.Of(instrument.Name, isCounter: _kind == MetricKind.Counter);
    }

    public string Name { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = SeriesOf(tags);
        if (_kind == MetricKind.Histogram)
        {
            series.Observe(value);
        }
        else if (_isSetNotAdded)
        {
            series.Set(value);
        }
        else
        {
            series.Add(value);
        }
    }

    /// <summary>Drops what an observable instrument said last time, so that what it no longer says disappears.</summary>
    public void ForgetObservations()
    {
        if (_isObservable)
        {
            _series.Clear();
            Volatile.Write(ref _seriesCount, 0);
        }
    }

    public void WriteTo(TextWriter writer, PrometheusFormat format)
    {
        if (_series.IsEmpty)
        {
            return;
        }

        // OpenMetrics counts the suffix of a counter to its samples and not to its name.
        var family = format == PrometheusFormat.OpenMetrics && _kind == MetricKind.Counter ? Name[..^PrometheusName.CounterSuffix.Length] : Name;
        writer.Write($"# HELP {family} {PrometheusName.EscapeHelp(_description, format)}\n");
        writer.Write($"# TYPE {family} {_kind.ToString().ToLowerInvariant()}\n");
        foreach (var series in _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal))
        {
            series.WriteTo(writer, Name);
        }
    }

    private static double[]? AdvisedBounds(Instrument instrument) => instrument switch
    {
        Histogram<double> histogram => histogram.Advice?.HistogramBucketBoundaries?.ToArray(),
        Histogram<long> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
        Histogram<int> histogram => histogram.Advice?.HistogramBucketBoundaries?.Select(bound => (double)bound).ToArray(),
        _ => null,
    };

    private PrometheusSeries SeriesOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // Hashing the names and values of labels would cost more than all else.
        if (_isObservable || tags.Length > 1)
        {
            return Find(tags);
        }

        if (tags.IsEmpty)
        {
            return _withoutLabels ??= Find(tags);
        }

        var (name, value) = tags[0];
        foreach (var known in Volatile.Read(ref _knownLabels))
        {
            if (ReferenceEquals(known.Value, value) && ReferenceEquals(known.Name, name))
            {
                return known.Series;
            }
        }

        var series = Find(tags);
        if (value is string text && _knownLabels.Length < MaxKnownLabels)
        {
            lock (_adding)
            {
                Volatile.Write(ref _knownLabels, [.. _knownLabels, new KnownLabel(name, text, series)]);
            }
        }

        return series;
    }

    private PrometheusSeries Find(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_seriesBySpan.TryGetValue(tags, out var series))
        {
            return series;
        }

        // Threads that meet here may pass the limit by their number, which does no harm.
        KeyValuePair<string, object?>[] key = _isObservable || Volatile.Read(ref _seriesCount) < MaxSeries ? tags.ToArray() : OverflowTags;
        var added = new PrometheusSeries(PrometheusName.Labels(key), _bounds);
        series = _series.GetOrAdd(key, added);
        if (ReferenceEquals(series, added))
        {
            Interlocked.Increment(ref _seriesCount);
        }

        return series;
    }

    private sealed record KnownLabel(string Name, string Value, PrometheusSeries Series);
}
