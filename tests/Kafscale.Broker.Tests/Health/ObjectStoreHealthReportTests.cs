using System.Diagnostics.Metrics;
using Kafscale.Broker.Telemetry;
using Kafscale.Broker.Tests.Support;
using Kafscale.Storage.Health;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Health;

public sealed class ObjectStoreHealthReportTests
{
    [Fact]
    public void State_rate_latency_and_time_are_published_by_their_names()
    {
        using var health = new SetHealth { ErrorRate = 0.25, MeanLatency = TimeSpan.FromMilliseconds(42), TimeInState = TimeSpan.FromSeconds(7) };
        using var metrics = new BrokerMetrics(TimeProvider.System);
        using var report = new ObjectStoreHealthReport(health, metrics.Meter, NullLogger<ObjectStoreHealthReport>.Instance);
        health.Become(ObjectStoreHealthState.Degraded);

        var measured = Measure(metrics);

        Assert.Equal(0.25, measured["kafscale_s3_error_rate"]);
        Assert.Equal(42, measured["kafscale_s3_latency_ms_avg"]);
        Assert.Equal(7, measured["kafscale_s3_state_duration_seconds"]);
        Assert.Equal(0, measured["kafscale_s3_health_state healthy"]);
        Assert.Equal(1, measured["kafscale_s3_health_state degraded"]);
        Assert.Equal(0, measured["kafscale_s3_health_state unavailable"]);
    }

    private static Dictionary<string, double> Measure(BrokerMetrics metrics)
    {
        var measured = new Dictionary<string, double>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == metrics.Meter && instrument.Name.StartsWith("kafscale_s3_", StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>(
            (instrument, value, tags, _) => measured.Add(tags.IsEmpty ? instrument.Name : $"{instrument.Name} {tags[0].Value}", value));
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) => measured.Add(tags.IsEmpty ? instrument.Name : $"{instrument.Name} {tags[0].Value}", value));
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }
}
