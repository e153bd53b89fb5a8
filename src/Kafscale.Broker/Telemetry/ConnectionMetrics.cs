using System.Diagnostics.Metrics;
using Kafscale.Broker.Network;
using Kafscale.Broker.Partitions;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>Connections, and the memory of what clients send.</summary>
internal sealed class ConnectionMetrics
{
    public static MetricSection Section { get; } = new("Connections and buffers");

    private static readonly MetricDefinition Open = Section.Gauge("kafscale_connections", null, "Open connections of clients.");

    private static readonly MetricDefinition Opened = Section.Counter("kafscale_connections_opened_total", null, "Connections that were let in.");

    private static readonly MetricDefinition Closed = Section.Counter(
        "kafscale_connections_closed_total", null, "Connections that ended, or were not let in (too_many_connections), by reason.", "reason");

    private static readonly MetricDefinition RequestBytes = Section.Gauge(
        "kafscale_request_buffer_bytes", "By", "Bytes of large requests in progress, which queued.max.request.bytes limits.");

    private static readonly MetricDefinition RequestWaits = Section.Counter(
        "kafscale_request_buffer_waits_total", null, "Requests that had to wait for room in it: their connections were not read meanwhile.");

    private static readonly MetricDefinition AppendBytes = Section.Gauge(
        "kafscale_append_buffer_bytes", "By", "Record bytes accepted and not yet committed, which buffer.max.bytes limits.");

    private static readonly MetricDefinition AppendLimit = Section.Gauge("kafscale_append_buffer_limit_bytes", "By", "The limit of these.");

    private static readonly MetricDefinition AppendWaits = Section.Counter(
        "kafscale_append_buffer_waits_total", null, "Batches that had to wait for room in it: producers are faster than the object store.");

    private static readonly MetricDefinition Throttled = Section.Counter(
        "kafscale_throttled_seconds_total",
        "s",
        "How long clients were made to wait, all requests together, by what for: request_buffer and append_buffer (room in these), catch_up (reads of older records, for "
        + "their turn), object_store (it is not healthy: a refused Produce is told to wait, the answer to a refused Fetch is held). 1 a second means that one request waits all the time.",
        "reason");

    private static readonly KeyValuePair<string, object?>[] Reasons = EnumLabels.Of<ConnectionCloseReason>("reason");

    private readonly Meter _meter;
    private readonly Counter<long> _closed;
    private readonly List<(KeyValuePair<string, object?> Reason, Func<TimeSpan> Read)> _waits = [];
    private long _openedCount;
    private long _leftCount;

    public ConnectionMetrics(Meter meter)
    {
        _meter = meter;
        _closed = Closed.CreateCounter<long>(meter);
        Array.ForEach(Reasons, reason => _closed.Add(0, reason));
        Opened.Observe(meter, () => Interlocked.Read(ref _openedCount));
        Open.Observe(meter, () => Interlocked.Read(ref _openedCount) - Interlocked.Read(ref _leftCount));
        Throttled.Observe(meter, ReadThrottling);
    }

    /// <summary>Publishes the memory of requests.</summary>
    public void Observe(ByteBudget requestBytes)
    {
        RequestBytes.Observe(_meter, () => requestBytes.UsedBytes);
        RequestWaits.Observe(_meter, () => requestBytes.WaitCount);
        ObserveThrottling("request_buffer", () => requestBytes.WaitTime);
    }

    /// <summary>Publishes the memory of batches.</summary>
    public void Observe(AppendBuffer buffer)
    {
        AppendBytes.Observe(_meter, () => buffer.UsedBytes);
        AppendLimit.Observe(_meter, () => buffer.Budget.CapacityBytes);
        AppendWaits.Observe(_meter, () => buffer.Budget.WaitCount);
        ObserveThrottling("append_buffer", () => buffer.Budget.WaitTime);
    }

    /// <summary>Publishes how long reads of older records wait for their turn.</summary>
    public void Observe(CachedObjectReader cache) => ObserveThrottling("catch_up", () => cache.CatchUpWaitTime);

    /// <summary>Publishes how long clients are kept out for the store's sake.</summary>
    public void Observe(Backpressure backpressure) => ObserveThrottling("object_store", () => backpressure.PausedTime);

    public void OnOpened() => Interlocked.Increment(ref _openedCount);

    public void OnLeft() => Interlocked.Increment(ref _leftCount);

    public void OnClosed(ConnectionCloseReason reason) => _closed.Add(1, Reasons[(int)reason]);

    private List<Measurement<double>> ReadThrottling()
    {
        lock (_waits)
        {
            return [.. _waits.Select(wait => new Measurement<double>(wait.Read().TotalSeconds, wait.Reason))];
        }
    }

    private void ObserveThrottling(string reason, Func<TimeSpan> read)
    {
        lock (_waits)
        {
            _waits.Add((KeyValuePair.Create("reason", (object?)reason), read));
        }
    }
}
