using System.Globalization;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Health;

/// <summary>
/// Judges an object store by how its operations end: their errors, and their latencies against what is normal for it. Reads and
/// writes are judged apart, and the worse of both is the store's state.
/// </summary>
/// <remarks>
/// It needs operations to judge by; <see cref="ObjectStoreProber"/> makes some where nobody else does. Only requests to the primary
/// are told to it: what a replica does says nothing about where writes go.
/// </remarks>
public sealed class ObjectStoreHealthMonitor : IObjectStoreObserver, IObjectStoreHealth, IDisposable
{
    /// <summary>How many states are remembered.</summary>
    public const int HistoryLength = 100;

    // How far back operations count at least: shorter troubles are for retries.
    private const int JudgedSeconds = 5;

    // What is slow, and very slow, in multiples of what is normal: the first is behind the 99.8th percentile of a lognormal latency whose
    // p99 is three times its median.
    private const double SlowMultiple = 4;
    private const double VerySlowMultiple = 10;

    private static readonly TimeSpan JudgementInterval = TimeSpan.FromMilliseconds(100);
    private static readonly string[] WorkNames = ["reads", "writes", "deletions"];

    private readonly ObjectStoreHealthOptions _options;
    private readonly TimeProvider _timeProvider;
    private readonly long _startedAt;
    private readonly Lock _lock = new();
    private readonly HealthWindow _window;
    private readonly NormalLatency _normal;
    private readonly WorkHealth[] _works = [new(), new(), new()];
    private readonly Queue<ObjectStoreHealthStatus> _history = [];
    private CancellationTokenSource _statusEnd = new();
    private ObjectStoreHealthStatus _status;
    private long _statusSince;
    private long _lastCompletedAt;
    private long _judgedAt;

    /// <summary>Makes a monitor that knows of no operations yet and takes the store for healthy.</summary>
    /// <exception cref="ArgumentException">The options make no sense.</exception>
    public ObjectStoreHealthMonitor(ObjectStoreHealthOptions options, TimeProvider timeProvider)
    {
        options.Validate();
        _options = options;
        _timeProvider = timeProvider;
        _startedAt = _statusSince = _lastCompletedAt = _judgedAt = timeProvider.GetTimestamp();
        _window = new HealthWindow((int)options.Window.TotalSeconds);
        _normal = new NormalLatency(timeProvider);
        _status = new ObjectStoreHealthStatus(
            ObjectStoreHealthState.Healthy, timeProvider.GetUtcNow(), "Nothing is known against the store.", _statusEnd.Token);
        _history.Enqueue(_status);
    }

    /// <inheritdoc/>
    public event Action<ObjectStoreHealthStatus>? Changed;

    /// <inheritdoc/>
    public ObjectStoreHealthStatus Status => Volatile.Read(ref _status);

    /// <inheritdoc/>
    public IReadOnlyList<ObjectStoreHealthStatus> History
    {
        get
        {
            lock (_lock)
            {
                return [.. _history];
            }
        }
    }

    /// <inheritdoc/>
    public TimeSpan TimeInState
    {
        get
        {
            lock (_lock)
            {
                return _timeProvider.GetElapsedTime(_statusSince);
            }
        }
    }

    /// <inheritdoc/>
    public double ErrorRate
    {
        get
        {
            var all = WholeWindow();
            return all.Operations == 0 ? 0 : (double)all.Errors / all.Operations;
        }
    }

    /// <inheritdoc/>
    public TimeSpan MeanLatency
    {
        get
        {
            var all = WholeWindow();
            return all.Answers == 0 ? TimeSpan.Zero : all.AnswerTime / all.Answers;
        }
    }

    /// <inheritdoc/>
    public void OnCompleted(in CompletedOperation operation)
    {
        if (operation.Outcome == ObjectStoreOutcome.Cancelled)
            return;
        lock (_lock)
        {
            Count(operation);
        }

        Judge(isDue: false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _statusEnd.Dispose();
        }
    }

    /// <summary>Judges again, because time alone changes what counts.</summary>
    internal void Judge() => Judge(isDue: true);

    /// <summary>Whether too little is known of a kind of operations to tell how the store does.</summary>
    /// <param name="work">The kind.</param>
    /// <param name="patience">The silence after which a busy store is asked.</param>
    /// <param name="idlePatience">The silence after which an idle store is asked.</param>
    internal bool IsInDoubt(StoreWork work, TimeSpan patience, TimeSpan idlePatience)
    {
        lock (_lock)
        {
            var health = _works[(int)work];
            if (health.State != ObjectStoreHealthState.Healthy || health.HasJustFailed)
                return true;

            // Silence may be a store that answers nothing. Asking costs least by a read.
            var silence = _timeProvider.GetElapsedTime(_lastCompletedAt);
            return work == StoreWork.Reads && silence >= (silence < idlePatience && IsBusy() ? patience : idlePatience);
        }
    }

    /// <summary>How long a small operation may take before it is very slow.</summary>
    internal TimeSpan LongestOf(ObjectStoreOperation operation)
    {
        lock (_lock)
        {
            return _normal.Limit(new CompletedOperation(operation, ObjectStoreOutcome.Success, default, 0), _options.LatencyCrit, VerySlowMultiple);
        }
    }

    private static StoreWork WorkOf(ObjectStoreOperation operation) => operation switch
    {
        ObjectStoreOperation.Put => StoreWork.Writes,
        ObjectStoreOperation.Delete => StoreWork.Deletions,
        _ => StoreWork.Reads,
    };

    private static bool IsAnswer(ObjectStoreOutcome outcome) =>
        outcome is ObjectStoreOutcome.Success or ObjectStoreOutcome.NotFound or ObjectStoreOutcome.AlreadyExists;

    private void Count(in CompletedOperation operation)
    {
        var work = WorkOf(operation.Operation);
        ref var tally = ref _window.At(PresentSecond(), work);
        tally.Operations++;
        if (_normal.IsSlow(operation, _options.LatencyWarn, SlowMultiple))
            tally.Slow++;
        if (_normal.IsSlow(operation, _options.LatencyCrit, VerySlowMultiple))
            tally.VerySlow++;
        if (IsAnswer(operation.Outcome))
        {
            tally.AnswerTime += operation.Duration;
            _normal.Learn(operation);
        }
        else
        {
            tally.Errors++;
            tally.LatestError = operation.Outcome;
        }

        _works[(int)work].HasJustFailed = !IsAnswer(operation.Outcome);
        _lastCompletedAt = _timeProvider.GetTimestamp();
    }

    private void Judge(bool isDue)
    {
        CancellationTokenSource ended;
        ObjectStoreHealthStatus status;
        lock (_lock)
        {
            if (!isDue && _timeProvider.GetElapsedTime(_judgedAt) < JudgementInterval)
                return;
            _judgedAt = _timeProvider.GetTimestamp();
            Judge(StoreWork.Reads);
            Judge(StoreWork.Writes);
            var worst = _works[(int)StoreWork.Writes].State > _works[(int)StoreWork.Reads].State ? StoreWork.Writes : StoreWork.Reads;
            if (_works[(int)worst].State == _status.State)
                return;
            ended = _statusEnd;
            _statusEnd = new CancellationTokenSource();
            status = new ObjectStoreHealthStatus(_works[(int)worst].State, _timeProvider.GetUtcNow(), _works[(int)worst].Reason, _statusEnd.Token);
            Volatile.Write(ref _status, status);
            _statusSince = _judgedAt;
            _history.Enqueue(status);
            if (_history.Count > HistoryLength)
                _history.Dequeue();
        }

        ended.Cancel();
        ended.Dispose();
        Changed?.Invoke(status);
    }

    private void Judge(StoreWork work)
    {
        var health = _works[(int)work];
        var latest = _window.Latest(PresentSecond(), work, JudgedSeconds, HealthVerdict.MinOperations, out var seconds);
        var state = HealthVerdict.Judge(health.State, latest, _options);
        if (state != health.State)
        {
            health.State = state;
            health.Reason = Describe(work, latest, seconds);
        }
    }

    private static string Describe(StoreWork work, in OperationTally latest, int seconds)
    {
        var error = latest.Errors == 0 ? "" : $", the latest of them: {NameOf(latest.LatestError)}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Of {latest.Operations} {WorkNames[(int)work]} in the last {seconds} s, {latest.Errors} failed{error}; {latest.Slow} were slow, {latest.VerySlow} of them very slow.");
    }

    private static string NameOf(ObjectStoreOutcome outcome) => outcome switch
    {
        ObjectStoreOutcome.Throttled => "throttled",
        ObjectStoreOutcome.TimedOut => "no answer in time",
        ObjectStoreOutcome.Denied => "access denied",
        ObjectStoreOutcome.Rejected => "request rejected",
        _ => "store unavailable",
    };

    private bool IsBusy() => _window.Whole(PresentSecond()).Operations >= _options.Window.TotalSeconds;

    private OperationTally WholeWindow()
    {
        lock (_lock)
        {
            return _window.Whole(PresentSecond());
        }
    }

    private long PresentSecond() => (long)_timeProvider.GetElapsedTime(_startedAt).TotalSeconds;

    private sealed class WorkHealth
    {
        public ObjectStoreHealthState State { get; set; }

        public string Reason { get; set; } = "";

        /// <summary>Whether the latest operation failed.</summary>
        public bool HasJustFailed { get; set; }
    }
}
