using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class FlushMetricsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly BrokerMetrics _metrics;
    private readonly MeasuredValues _values;

    public FlushMetricsTests()
    {
        _metrics = new BrokerMetrics(_time);
        _values = new MeasuredValues(_metrics.Meter);
    }

    public void Dispose()
    {
        _values.Dispose();
        _metrics.Dispose();
    }

    [Fact]
    public void The_stages_of_a_flush_and_the_acknowledgement_add_up_to_its_time()
    {
        using var flush = new Flush(0) { Reason = FlushReason.Size };
        flush.Times.OpenedAt = Pass(0);
        flush.Times.SealedAt = Pass(200);
        flush.Times.UploadedAt = Pass(30);
        flush.Times.CommittedAt = Pass(4);
        _metrics.Flushes.OnCommitted(flush);
        _metrics.Flushes.OnAcknowledged(flush, Pass(1));

        Assert.Equal(0.2, _values["kafscale_produce_stage_duration_seconds{stage=queue}"], 6);
        Assert.Equal(0.03, _values["kafscale_produce_stage_duration_seconds{stage=upload}"], 6);
        Assert.Equal(0.004, _values["kafscale_produce_stage_duration_seconds{stage=commit}"], 6);
        Assert.Equal(0.001, _values["kafscale_produce_stage_duration_seconds{stage=acknowledge}"], 6);
        Assert.Equal(1, _values["kafscale_flushes_total{reason=size}"]);
    }

    [Fact]
    public void What_was_not_committed_has_no_time_of_acknowledgement()
    {
        using var flush = new Flush(0);
        _metrics.Flushes.OnAcknowledged(flush, Pass(1));

        Assert.DoesNotContain("kafscale_produce_stage_duration_seconds{stage=acknowledge}", _values.Names);
    }

    [Fact]
    public void The_interval_is_from_one_beginning_to_the_next()
    {
        var first = Pass(0);
        _metrics.Flushes.OnBegun(null, first);
        _metrics.Flushes.OnBegun(first, Pass(250));

        Assert.Equal(0.25, _values["kafscale_flush_interval_seconds"], 6);
    }

    private long Pass(int milliseconds)
    {
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
        return _time.GetTimestamp();
    }
}
