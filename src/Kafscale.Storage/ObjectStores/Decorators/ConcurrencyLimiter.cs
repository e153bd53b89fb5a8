namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>Lets so many requests through at a time, and as many bytes, in the order in which they came.</summary>
/// <remarks>
/// The oldest that waits goes next, also where a smaller one behind it would have room: large requests are not starved.
/// A request that alone is larger than all bytes passes when it is alone.
/// </remarks>
public sealed class ConcurrencyLimiter
{
    private readonly LaneLimit _limit;
    private readonly TimeProvider _timeProvider;
    private readonly ObjectStoreMetrics _metrics;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _queue = [];
    private int _inFlight;
    private long _bytesInFlight;

    /// <summary>Creates a limiter and publishes it under its name.</summary>
    /// <param name="name">The lane, as metrics call it.</param>
    /// <param name="limit">How much passes, and how much may wait.</param>
    /// <param name="timeProvider">The clock of the waits.</param>
    /// <param name="metrics">Where it is published.</param>
    public ConcurrencyLimiter(string name, LaneLimit limit, TimeProvider timeProvider, ObjectStoreMetrics metrics)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit.Requests, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(limit.Bytes, 1);
        Name = name;
        _limit = limit;
        _timeProvider = timeProvider;
        _metrics = metrics;
        metrics.AddLane(this);
    }

    /// <summary>The lane, as metrics call it.</summary>
    public string Name { get; }

    /// <summary>Requests that were let through and have not left.</summary>
    public int InFlight => Volatile.Read(ref _inFlight);

    /// <summary>Requests that wait.</summary>
    public int Queued
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
            }
        }
    }

    /// <summary>Waits for its turn; whoever was let in calls <see cref="Leave"/> with the same number of bytes.</summary>
    /// <exception cref="ObjectStoreException">Too many wait already.</exception>
    public ValueTask EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        LinkedListNode<Waiter>? node = null;
        lock (_lock)
        {
            if (_queue.Count == 0 && HasRoomFor(bytes))
            {
                Admit(bytes);
            }
            else if (_queue.Count < _limit.Queued)
            {
                node = _queue.AddLast(new Waiter(bytes));
            }
            else
            {
                return ValueTask.FromException(new ObjectStoreException(
                    ObjectStoreFailure.Throttled, $"{_queue.Count} requests of the lane '{Name}' wait for their turn already."));
            }
        }

        if (node is not null)
            return WaitAsync(node, cancellationToken);
        _metrics.OnLaneEntered(Name, TimeSpan.Zero);
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes room for the next.</summary>
    public void Leave(long bytes)
    {
        lock (_lock)
        {
            _inFlight--;
            _bytesInFlight -= bytes;
            AdmitWaiting();
        }
    }

    private async ValueTask WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        var started = _timeProvider.GetTimestamp();
        await using (cancellationToken.UnsafeRegister(_ => GiveUp(node, cancellationToken), null))
        {
            await node.Value.Turn.Task;
        }

        _metrics.OnLaneEntered(Name, _timeProvider.GetElapsedTime(started));
    }

    private void GiveUp(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Whoever has been let in already goes on, and meets its cancellation at the store.
            if (node.List is null)
                return;
            _queue.Remove(node);
            node.Value.Turn.SetCanceled(cancellationToken);

            // It may have been the one that was too large for what is free.
            AdmitWaiting();
        }
    }

    private void AdmitWaiting()
    {
        while (_queue.First is { } next && HasRoomFor(next.Value.Bytes))
        {
            _queue.RemoveFirst();
            Admit(next.Value.Bytes);
            next.Value.Turn.SetResult();
        }
    }

    private bool HasRoomFor(long bytes) =>
        _inFlight < _limit.Requests && (_inFlight == 0 || _bytesInFlight + bytes <= _limit.Bytes);

    private void Admit(long bytes)
    {
        _inFlight++;
        _bytesInFlight += bytes;
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Turn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
