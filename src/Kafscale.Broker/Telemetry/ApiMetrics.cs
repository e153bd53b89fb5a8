using System.Diagnostics.Metrics;
using Kafscale.Protocol;

namespace Kafscale.Broker.Telemetry;

/// <summary>What is counted of one API.</summary>
internal sealed class ApiMetrics(string name, Histogram<double> duration, Counter<long> errors, Counter<long> denied) : IErrorListener
{
    private long _count;
    private long _failedCount;
    private long _ticks;
    private long _seenCount;
    private long _seenTicks;

    /// <summary>The API as a label.</summary>
    public KeyValuePair<string, object?> Label { get; } = new("api", name);

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Errors that were answered.</summary>
    public long FailedCount => Interlocked.Read(ref _failedCount);

    public void OnCompleted(TimeSpan elapsed, IResponseMessage? response)
    {
        Interlocked.Increment(ref _count);
        Interlocked.Add(ref _ticks, elapsed.Ticks);
        duration.Record(elapsed.TotalSeconds, Label);
        response?.TellErrors(this);
    }

    public void OnError(ErrorCode error)
    {
        Interlocked.Increment(ref _failedCount);
        errors.Add(1, Label, ErrorLabels.Of(error));
        if (ErrorLabels.DeniedResource(error) is { } resource)
        {
            denied.Add(1, new KeyValuePair<string, object?>("action", name), new KeyValuePair<string, object?>("resource", resource));
        }
    }

    /// <summary>The mean duration of the requests since the last call; of all before where there were none. For one caller at a time.</summary>
    public double MeanMillisecondsSinceLastLook()
    {
        var (count, ticks) = (Count, Interlocked.Read(ref _ticks));
        var (newCount, newTicks) = count > _seenCount ? (count - _seenCount, ticks - _seenTicks) : (count, ticks);
        (_seenCount, _seenTicks) = (count, ticks);
        return newCount == 0 ? 0 : (double)newTicks / newCount / TimeSpan.TicksPerMillisecond;
    }
}
