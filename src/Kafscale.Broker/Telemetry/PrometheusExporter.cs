using System.Diagnostics.Metrics;

namespace Kafscale.Broker.Telemetry;

/// <summary>
/// Collects the instruments of all meters whose name begins with <see cref="MeterPrefix"/> and writes them for
/// Prometheus. Recording a measurement takes no lock and, once its tags have been seen, allocates nothing.
/// </summary>
/// <remarks>
/// The exporter of OpenTelemetry is not used: it adds units to published names (<c>kafscale_produce_latency_ms_milliseconds</c>), and it has
/// been a preview for years.
/// </remarks>
public sealed class PrometheusExporter : IDisposable
{
    /// <summary>What the names of the exported meters begin with.</summary>
    public const string MeterPrefix = "Kafscale";

    private readonly MeterListener _listener = new();
    private readonly List<PrometheusMetric> _metrics = [];
    private readonly Lock _gate = new();
    private readonly string _meterPrefix;

    /// <summary>Begins to listen; instruments that exist already are included.</summary>
    /// <param name="meterPrefix">What the names of the meters begin with.</param>
    public PrometheusExporter(string meterPrefix = MeterPrefix)
    {
        _meterPrefix = meterPrefix;
        _listener.InstrumentPublished = OnPublished;
        _listener.SetMeasurementEventCallback<byte>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<short>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<int>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<long>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<float>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<double>((_, value, tags, state) => Record(value, tags, state));
        _listener.SetMeasurementEventCallback<decimal>((_, value, tags, state) => Record((double)value, tags, state));
        _listener.Start();
    }

    /// <summary>Writes the current value of everything.</summary>
    public void WriteTo(TextWriter writer, PrometheusFormat format = PrometheusFormat.Text)
    {
        // Observed values come anew with every scrape, and two scrapes at a time would mix theirs.
        lock (_gate)
        {
            foreach (var metric in _metrics)
            {
                metric.ForgetObservations();
            }

            _listener.RecordObservableInstruments();
            foreach (var metric in _metrics)
            {
                metric.WriteTo(writer, format);
            }

            if (format == PrometheusFormat.OpenMetrics)
            {
                writer.Write("# EOF\n");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    // Of an instrument whose meter is being disposed of the state is gone already.
    private static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state) =>
        (state as PrometheusMetric)?.Record(value, tags);

    private void OnPublished(Instrument instrument, MeterListener listener)
    {
        if (!instrument.Meter.Name.StartsWith(_meterPrefix, StringComparison.Ordinal))
        {
            return;
        }

        var metric = new PrometheusMetric(instrument);
        lock (_gate)
        {
            // A name may stand only once in a page; meters of one name in one process share it.
            if (_metrics.Find(other => other.Name == metric.Name) is { } existing)
            {
                metric = existing;
            }
            else
            {
                _metrics.Add(metric);
                _metrics.Sort((left, right) => string.CompareOrdinal(left.Name, right.Name));
            }
        }

        listener.EnableMeasurementEvents(instrument, metric);
    }
}
