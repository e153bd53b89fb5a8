using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Console.Administration;
using Microsoft.Extensions.Logging;

namespace Kafscale.Console.Cluster;

/// <summary>
/// Looks at the cluster again and again, often while somebody watches and seldom while nobody does, so that pages show what is known at
/// once, and many pages cost the cluster no more than one.
/// </summary>
internal sealed partial class ClusterWatch : IAsyncDisposable
{
    // A look that takes long is made the less often.
    private const int PausePerLook = 4;

    private static readonly TimeSpan WatchedInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan UnwatchedInterval = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FreshAge = TimeSpan.FromSeconds(5);

    private readonly ClusterLook _look;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger<ClusterWatch> _logger;
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private readonly HashSet<Action> _watchers = [];
    private TaskCompletionSource _wanted = NewSignal();
    private TaskCompletionSource _looked = NewSignal();
    private Task? _running;
    private volatile ClusterSnapshot _snapshot = ClusterSnapshot.Empty;

    public ClusterWatch(ClusterLook look, TimeProvider timeProvider, ILogger<ClusterWatch> logger)
    {
        _look = look;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>The cluster as it was seen last.</summary>
    public ClusterSnapshot Snapshot => _snapshot;

    /// <summary>What was seen before.</summary>
    public History History { get; } = new();

    /// <summary>Begins to look.</summary>
    public void Start() => _running ??= RunAsync();

    /// <summary>Has the cluster looked at often until it is disposed of.</summary>
    /// <param name="onChange">Told of every look; by any thread, and not to take long.</param>
    public IDisposable Watch(Action onChange)
    {
        lock (_lock)
        {
            _watchers.Add(onChange);
        }

        Wake(FreshAge);
        return new Watcher(this, onChange);
    }

    /// <summary>The cluster as it is after this was called, where it answers in time.</summary>
    /// <param name="patience">How long is waited at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ClusterSnapshot> RefreshAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Task looked;
        lock (_lock)
        {
            looked = _looked.Task;
        }

        Wake(TimeSpan.Zero);
        await WaitAsync(looked, patience, cancellationToken);
        return _snapshot;
    }

    /// <summary>The cluster as it was seen last, or the first look where there was none.</summary>
    public async Task<ClusterSnapshot> GetAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Wake(FreshAge);
        return _snapshot is { At: null, Failure: null } ? await RefreshAsync(patience, cancellationToken) : _snapshot;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        if (_running is not null)
        {
            await _running;
        }

        _disposing.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Wake(TimeSpan maxAge)
    {
        if (_snapshot.At is { } at && _snapshot.Failure is null && _timeProvider.GetUtcNow() - at < maxAge)
        {
            return;
        }

        lock (_lock)
        {
            _wanted.TrySetResult();
        }
    }

    private async Task WaitAsync(Task task, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(patience, _timeProvider, cancellationToken);
        }
        catch (TimeoutException)
        {
            // What is known is shown meanwhile.
        }
    }

    private async Task RunAsync()
    {
        await Task.Yield();
        while (!_disposing.IsCancellationRequested)
        {
            var started = _timeProvider.GetTimestamp();
            try
            {
                await LookAsync();
                await PauseAsync(_timeProvider.GetElapsedTime(started));
            }
            catch (Exception) when (_disposing.IsCancellationRequested)
            {
                // Whatever a look that is cut short runs into.
                return;
            }
        }
    }

    private async Task LookAsync()
    {
        TaskCompletionSource looked;
        List<Action> watchers;
        lock (_lock)
        {
            looked = _looked;
            _looked = NewSignal();
        }

        try
        {
            _snapshot = await _look.TakeAsync(_snapshot, _disposing.Token);
            History.Add(ClusterLook.PointOf(_snapshot), _snapshot.Groups);
        }
        catch (Exception e) when (!_disposing.IsCancellationRequested)
        {
            // Whatever it is, it is shown, and the next look may do better.
            var reason = e is KafkaException kafka ? ErrorExplanation.Of(kafka) : e.Message;
            if (_snapshot.Failure != reason)
            {
                LogFailure(_logger, reason, e);
            }

            _snapshot = _snapshot with { Failure = reason };
        }

        lock (_lock)
        {
            watchers = [.. _watchers];
        }

        looked.TrySetResult();
        watchers.ForEach(watcher => watcher());
    }

    private async Task PauseAsync(TimeSpan lookDuration)
    {
        Task wanted;
        TimeSpan interval;
        lock (_lock)
        {
            interval = _watchers.Count > 0 ? WatchedInterval : UnwatchedInterval;
            wanted = _wanted.Task;
        }

        var shortest = lookDuration * PausePerLook;
        await WaitAsync(wanted, shortest > interval ? shortest : interval, _disposing.Token);
        lock (_lock)
        {
            if (_wanted.Task.IsCompleted)
            {
                _wanted = NewSignal();
            }
        }
    }

    [LoggerMessage(2911, LogLevel.Warning, "The cluster cannot be looked at: {Reason}")]
    private static partial void LogFailure(ILogger logger, string reason, Exception exception);

    private sealed class Watcher(ClusterWatch watch, Action onChange) : IDisposable
    {
        public void Dispose()
        {
            lock (watch._lock)
            {
                watch._watchers.Remove(onChange);
            }
        }
    }
}
