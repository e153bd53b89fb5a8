namespace Kafscale.Broker.Network;

/// <summary>
/// A number of bytes that all connections share. Who asks for more than is left waits, in the order of asking: a large
/// request is not overtaken by small ones for ever.
/// </summary>
internal sealed class ByteBudget
{
    private readonly long _capacityBytes;
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = new();
    private long _availableBytes;
    private long _waitCount;

    public ByteBudget(long capacityBytes)
    {
        _capacityBytes = capacityBytes;
        _availableBytes = capacityBytes;
    }

    /// <summary>The bytes that nobody holds.</summary>
    public long AvailableBytes
    {
        get
        {
            lock (_lock)
            {
                return _availableBytes;
            }
        }
    }

    /// <summary>The bytes that somebody holds.</summary>
    public long UsedBytes => _capacityBytes - AvailableBytes;

    /// <summary>How often somebody had to wait.</summary>
    public long WaitCount => Volatile.Read(ref _waitCount);

    /// <summary>Takes bytes; the caller gives the same number back with <see cref="Release"/>.</summary>
    /// <exception cref="OperationCanceledException">The wait was given up; nothing is taken.</exception>
    /// <exception cref="ArgumentOutOfRangeException">More than the whole budget was asked for.</exception>
    public ValueTask AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _capacityBytes);
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && bytes <= _availableBytes)
            {
                _availableBytes -= bytes;
                return ValueTask.CompletedTask;
            }

            _waitCount++;
            waiter = new Waiter(bytes);
            _waiters.AddLast(waiter.Node);
        }

        return new ValueTask(WaitAsync(waiter, cancellationToken));
    }

    public void Release(long bytes)
    {
        lock (_lock)
        {
            _availableBytes += bytes;
            GrantInOrder();
        }
    }

    private async Task WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration =
            cancellationToken.UnsafeRegister(static (state, token) => ((Waiter)state!).Granted.TrySetCanceled(token), waiter);
        try
        {
            await waiter.Granted.Task;
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                // Its turn may have come at the same moment, and it is out of the queue then. Those behind it may fit
                // where it did not.
                if (waiter.Node.List is not null)
                {
                    _waiters.Remove(waiter.Node);
                }

                GrantInOrder();
            }

            throw;
        }
    }

    private void GrantInOrder()
    {
        while (_waiters.First is { } first && first.Value.Bytes <= _availableBytes)
        {
            _waiters.RemoveFirst();
            if (first.Value.Granted.TrySetResult())
            {
                _availableBytes -= first.Value.Bytes;
            }
        }
    }

    private sealed class Waiter
    {
        public Waiter(long bytes)
        {
            Bytes = bytes;
            Node = new LinkedListNode<Waiter>(this);
        }

        public long Bytes { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
