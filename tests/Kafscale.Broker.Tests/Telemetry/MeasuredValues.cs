using System.Diagnostics.Metrics;

namespace Kafscale.Broker.Tests.Telemetry;

/// <summary>What the instruments of one meter say: of counters and histograms the sum, of what is observed the last value.</summary>
internal sealed class MeasuredValues : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, double> _recorded = [];
    private readonly Dictionary<string, double> _observed = [];

    public MeasuredValues(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public IEnumerable<string> Names => Read().Keys;

    /// <summary>The value of a name such as <c>metric{label=value}</c>.</summary>
    public double this[string name] => Read()[name];

    public IReadOnlyDictionary<string, double> Read()
    {
        lock (_recorded)
        {
            _observed.Clear();
        }

        _listener.RecordObservableInstruments();
        lock (_recorded)
        {
            return _recorded.Concat(_observed).ToDictionary();
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var name = instrument.Name + (tags.IsEmpty ? "" : $"{{{string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"))}}}");
        lock (_recorded)
        {
            if (instrument.IsObservable)
            {
                _observed[name] = value;
            }
            else
            {
                _recorded[name] = _recorded.GetValueOrDefault(name) + value;
            }
        }
    }
}
