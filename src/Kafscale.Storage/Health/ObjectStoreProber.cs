using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Health;

/// <summary>
/// Asks an object store how it does where nobody else does: while it is not healthy, because then no client's request reaches it,
/// after an operation that failed, and in a silence that may be a store that answers nothing.
/// </summary>
/// <remarks>
/// Its operations are real ones, on an object of its own of a few bytes, and reach the monitor the way all others do. What has
/// not been answered when it is very slow counts as timed out. So many probes may be on their way that a store that hangs is
/// found out about in seconds, not in as many timeouts one after another.
/// </remarks>
public sealed class ObjectStoreProber : IAsyncDisposable
{
    private const int MaxProbesOfAKind = 12;
    private const double Jitter = 0.25;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Behind this a probe without an answer is a sign of trouble itself, and more are sent.
    private static readonly TimeSpan SoonAnswered = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BusySilence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan IdleSilence = TimeSpan.FromSeconds(30);
    private static readonly ReadOnlySequence<byte> Body = new("kafscale"u8.ToArray());

    private readonly IObjectStore _store;
    private readonly ObjectStoreHealthMonitor _monitor;
    private readonly string _key;
    private readonly TimeProvider _timeProvider;
    private readonly Random _random;
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Probe> _probes = [];
    private Task _running = Task.CompletedTask;
    private bool _isDisposed;

    /// <summary>Makes a prober that does nothing until it is started.</summary>
    /// <param name="store">The store, told of to the monitor, and without retries: each of them would be a second question.</param>
    /// <param name="monitor">Judges the store.</param>
    /// <param name="key">The key of an object that nobody else uses.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="random">Spreads the probes of many brokers.</param>
    public ObjectStoreProber(IObjectStore store, ObjectStoreHealthMonitor monitor, string key, TimeProvider timeProvider, Random random)
    {
        _store = store;
        _monitor = monitor;
        _key = key;
        _timeProvider = timeProvider;
        _random = random;
    }

    /// <summary>Begins to probe where it is needed.</summary>
    public void Start() => _running = RunAsync();

    /// <summary>Ends all probes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await _stopping.CancelAsync();
            await _running;
            _stopping.Dispose();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval * (1 + (Jitter * ((2 * _random.NextDouble()) - 1))), _timeProvider, _stopping.Token);
                await ForgetEndedAsync();
                _monitor.Judge();
                StartWhereInDoubt(StoreWork.Reads);
                StartWhereInDoubt(StoreWork.Writes);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            await Task.WhenAll(_probes.Select(probe => probe.Running));
        }
    }

    private async ValueTask ForgetEndedAsync()
    {
        for (var i = _probes.Count - 1; i >= 0; i--)
        {
            if (_probes[i].Running.IsCompleted)
            {
                await _probes[i].Running;
                _probes.RemoveAt(i);
            }
        }
    }

    private void StartWhereInDoubt(StoreWork work)
    {
        var pending = 0;
        var isOverdue = false;
        foreach (var probe in _probes)
        {
            if (probe.Work == work)
            {
                pending++;
                isOverdue |= _timeProvider.GetElapsedTime(probe.StartedAt) >= SoonAnswered;
            }
        }

        if (pending < MaxProbesOfAKind && (isOverdue || (pending == 0 && _monitor.IsInDoubt(work, BusySilence, IdleSilence))))
            _probes.Add(new Probe(work, _timeProvider.GetTimestamp(), ProbeAsync(work)));
    }

    private async Task ProbeAsync(StoreWork work)
    {
        var operation = work == StoreWork.Writes ? ObjectStoreOperation.Put : ObjectStoreOperation.Get;
        var startedAt = _timeProvider.GetTimestamp();
        using var timeout = new CancellationTokenSource(_monitor.LongestOf(operation), _timeProvider);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopping.Token);
        try
        {
            if (work == StoreWork.Writes)
                await _store.PutAsync(_key, Body, PutCondition.None, end.Token);
            else
                await _store.ReadAsync(_key, 0, new byte[Body.Length], end.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // Says nothing about the store.
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            // To the store's other observers it was cancelled; only here is it known that it was for want of an answer.
            _monitor.OnCompleted(new CompletedOperation(operation, ObjectStoreOutcome.TimedOut, _timeProvider.GetElapsedTime(startedAt), 0));
        }
        catch (Exception exception) when (exception is not ArgumentException)
        {
            // The monitor has been told.
        }
    }

    private sealed record Probe(StoreWork Work, long StartedAt, Task Running);
}
