namespace Kafscale.Storage;

/// <summary>
/// A number of bytes that many share. Who asks for more than is left waits, in the order of asking: a large share is not overtaken
/// by small ones for ever, and one that is larger than the whole is had alone. Thread-safe.
/// </summary>
/// <param name="capacityBytes">The bytes that can be had at a time.</param>
/// <param name="timeProvider">Measures waits.</param>
public sealed class ByteBudget(long capacityBytes, TimeProvider timeProvider)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _usedBytes;
    private long _waitCount;
    private TimeSpan _endedWaits;

    /// <summary>The bytes that can be had at a time.</summary>
    public long CapacityBytes => capacityBytes;

    /// <summary>The bytes that somebody holds; more than the capacity where they are one share.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>How often somebody had to wait.</summary>
    public long WaitCount => Volatile.Read(ref _waitCount);

    /// <summary>How long all waits have taken together, those that go on included.</summary>
    public TimeSpan WaitTime
    {
        get
        {
            lock (_lock)
            {
                return _waiters.Aggregate(_endedWaits, (sum, waiter) => sum + timeProvider.GetElapsedTime(waiter.Since));
            }
        }
    }

    /// <summary>Takes bytes where they are there and nobody waits; they are given back by <see cref="Release"/>.</summary>
    public bool TryAcquire(long bytes)
    {
        lock (_lock)
        {
            var isThere = _waiters.Count == 0 && HasRoomFor(bytes);
            if (isThere)
            {
                _usedBytes += bytes;
            }

            return isThere;
        }
    }

    /// <summary>Takes bytes, and waits for them where need be; they are given back by <see cref="Release"/>.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; nothing is taken.</exception>
    public ValueTask AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && HasRoomFor(bytes))
            {
                _usedBytes += bytes;
                return ValueTask.CompletedTask;
            }

            waiter = new Waiter(bytes, timeProvider.GetTimestamp());
            _waitCount++;
            _waiters.AddLast(waiter.Node);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Gives bytes back.</summary>
    /// <exception cref="InvalidOperationException">More than are held.</exception>
    public void Release(long bytes)
    {
        lock (_lock)
        {
            if (bytes > _usedBytes)
            {
                throw new InvalidOperationException($"{bytes} bytes were given back where {_usedBytes} were held.");
            }

            _usedBytes -= bytes;
            GrantInOrder();
        }
    }

    private bool HasRoomFor(long bytes) => _usedBytes == 0 || bytes <= capacityBytes - _usedBytes;

    private async ValueTask WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Abandon(waiter, cancellationToken), null);
        await waiter.Granted.Task;
    }

    private void Abandon(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Whoever is out of the queue has the bytes, and gives them back as ever.
            if (waiter.Node.List is not null)
            {
                Leave(waiter);
                waiter.Granted.SetCanceled(cancellationToken);

                // Those behind it may fit where it did not.
                GrantInOrder();
            }
        }
    }

    private void GrantInOrder()
    {
        while (_waiters.First is { } first && HasRoomFor(first.Value.Bytes))
        {
            _usedBytes += first.Value.Bytes;
            Leave(first.Value);
            first.Value.Granted.SetResult();
        }
    }

    private void Leave(Waiter waiter)
    {
        _waiters.Remove(waiter.Node);
        _endedWaits += timeProvider.GetElapsedTime(waiter.Since);
    }

    private sealed class Waiter
    {
        public Waiter(long bytes, long since)
        {
            (Bytes, Since) = (bytes, since);
            Node = new LinkedListNode<Waiter>(this);
        }

        public long Bytes { get; }

        public long Since { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
