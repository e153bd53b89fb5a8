using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Storage.Health;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Keeps clients out while the object store is not healthy, before anything of theirs is buffered or waited for, and in a way that
/// does not make them come back faster than they can be answered.
/// </summary>
/// <param name="health">How the store does.</param>
/// <param name="readHealth">How what is read from does, which may be a replica.</param>
/// <param name="letsCachedFetchesPass">Whether fetches are tried that the cache may answer.</param>
/// <param name="metrics">Counts.</param>
/// <param name="timeProvider">Ends pauses.</param>
internal sealed class Backpressure(
    IObjectStoreHealth health, IObjectStoreHealth readHealth, bool letsCachedFetchesPass, RequestMetrics metrics, TimeProvider timeProvider)
{
    /// <summary>How long a client is asked, or made, to wait before it comes again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private long _pausedTicks;

    /// <summary>How long clients were asked or made to wait, all together.</summary>
    public TimeSpan PausedTime => TimeSpan.FromTicks(Interlocked.Read(ref _pausedTicks));

    /// <summary>How the store does now.</summary>
    public ObjectStoreHealthStatus Status => health.Status;

    /// <summary>How what is read from does now.</summary>
    public ObjectStoreHealthStatus ReadStatus => readHealth.Status;

    /// <summary>Whether a fetch is not even tried.</summary>
    public bool RefusesFetches => !letsCachedFetchesPass && !readHealth.Status.IsHealthy;

    /// <summary>What producers are told besides the code.</summary>
    public static string Explain(ObjectStoreHealthStatus status) =>
        $"The object store is {status.State.ToString().ToLowerInvariant()}; nothing was stored, try again. {status.Reason}";

    /// <summary>A Produce was refused, and its client asked to wait for <see cref="Pause"/>.</summary>
    public void CountRefusedProduce()
    {
        metrics.OnRefused(ApiKey.Produce);
        Interlocked.Add(ref _pausedTicks, Pause.Ticks);
    }

    public void CountRefusedFetch() => metrics.OnRefused(ApiKey.Fetch);

    /// <summary>
    /// Holds the answer to a refused fetch for as long as the client would have waited for records, up to <see cref="Pause"/> or until the
    /// store's state changes: most clients ask again at once.
    /// </summary>
    public async Task HoldAsync(int maxWaitMs, CancellationToken endWaiting, CancellationToken cancellationToken)
    {
        var status = readHealth.Status;
        if (!status.IsHealthy && maxWaitMs > 0)
        {
            var time = TimeSpan.FromMilliseconds(Math.Min(maxWaitMs, Pause.TotalMilliseconds));
            using var end = CancellationTokenSource.CreateLinkedTokenSource(status.Ended, endWaiting, cancellationToken);
            var start = timeProvider.GetTimestamp();
            await Task.WhenAny(Task.Delay(time, timeProvider, end.Token));
            Interlocked.Add(ref _pausedTicks, timeProvider.GetElapsedTime(start).Ticks);
        }
    }
}
