using System.Diagnostics.Metrics;

namespace Kafscale.Storage.Tests;

/// <summary>Adds up what one meter measures, by name and labels.</summary>
internal sealed class RecordedMetrics : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (double Sum, int Count)> _values = new(StringComparer.Ordinal);

    public RecordedMetrics(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Add(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>Everything that was measured, as <c>name{label=value,...}</c>, with its sum.</summary>
    public IReadOnlyDictionary<string, double> Sums
    {
        get
        {
            lock (_lock)
            {
                return _values.ToDictionary(value => value.Key, value => value.Value.Sum);
            }
        }
    }

    public double Sum(string series) => Sums.GetValueOrDefault(series);

    public int Count(string series)
    {
        lock (_lock)
        {
            return _values.GetValueOrDefault(series).Count;
        }
    }

    /// <summary>The current value of a gauge.</summary>
    public double Observe(string series)
    {
        lock (_lock)
        {
            _values.Remove(series);
        }

        _listener.RecordObservableInstruments();
        return Sum(series);
    }

    public void Dispose() => _listener.Dispose();

    private void Add(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.IsEmpty ? "" : "{" + string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")) + "}";
        lock (_lock)
        {
            var (sum, count) = _values.GetValueOrDefault(instrument.Name + labels);
            _values[instrument.Name + labels] = (sum + value, count + 1);
        }
    }
}
