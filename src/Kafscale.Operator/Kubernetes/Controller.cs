using Microsoft.Extensions.Logging;

namespace Kafscale.Operator.Kubernetes;

/// <summary>Has a reconciler look at resources: when they change, at every resync, again after a failure, and never at one twice at a time.</summary>
internal sealed partial class Controller(
    string kind, IReconciler reconciler, OperatorMetrics metrics, TimeProvider timeProvider, Random random, TimeSpan resync, ILogger logger) : IDisposable
{
    private const int Workers = 4;

    private readonly WorkQueue _queue = new(timeProvider, random);
    private readonly HashSet<NamespacedName> _known = [];
    private readonly Lock _lock = new();

    /// <summary>Has a resource looked at now, and at every resync from now on.</summary>
    public void Add(NamespacedName key)
    {
        lock (_lock)
        {
            _known.Add(key);
        }

        _queue.Add(key);
    }

    /// <summary>A resource is gone; it is looked at once more.</summary>
    public void Remove(NamespacedName key)
    {
        lock (_lock)
        {
            _known.Remove(key);
        }

        _queue.Add(key);
    }

    /// <summary>Has those looked at that are known and fit.</summary>
    public void AddKnown(Func<NamespacedName, bool> fits)
    {
        foreach (var key in Known().Where(fits))
        {
            _queue.Add(key);
        }
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.WhenAll([ResyncAsync(cancellationToken), .. Enumerable.Range(0, Workers).Select(_ => WorkAsync(cancellationToken))]);

    public void Dispose() => _queue.Dispose();

    private List<NamespacedName> Known()
    {
        lock (_lock)
        {
            return [.. _known];
        }
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(resync, timeProvider, cancellationToken);
                AddKnown(_ => true);
            }
        }
        catch (OperationCanceledException)
        {
            // The operator stops, or is not the leader any more.
        }
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            NamespacedName key;
            try
            {
                key = await _queue.TakeAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            try
            {
                _queue.Done(key, await reconciler.ReconcileAsync(key, cancellationToken));
                metrics.CountReconcile(kind, isDone: true);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it was, another resource must not suffer from it, and this one is tried again.
                var pause = _queue.Failed(key);
                metrics.CountReconcile(kind, isDone: false);
                LogFailed(logger, kind, key, Describe(e), pause.TotalSeconds);
                LogStack(logger, e, kind, key);
            }
        }
    }

    // What the API server said is in the answer, and not in the message.
    private static string Describe(Exception exception) => exception is k8s.Autorest.HttpOperationException { Response: { } response }
        ? $"the API server answers {(int)response.StatusCode}: {response.Content}"
        : exception.Message;

    [LoggerMessage(2421, LogLevel.Warning, "{Kind} {Key} could not be looked at, which is tried again in {PauseSec:0.0} s: {Reason}")]
    private static partial void LogFailed(ILogger logger, string kind, NamespacedName key, string reason, double pauseSec);

    [LoggerMessage(2422, LogLevel.Debug, "Why {Kind} {Key} could not be looked at")]
    private static partial void LogStack(ILogger logger, Exception exception, string kind, NamespacedName key);
}
