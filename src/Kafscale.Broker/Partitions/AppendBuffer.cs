namespace Kafscale.Broker.Partitions;

/// <summary>
/// The memory that accepted batches wait in until they are committed. Its size is bounded: at the bound a
/// reservation waits, the connection that asked is not read from, and memory does not grow.
/// </summary>
/// <remarks>
/// Bytes count from <see cref="ReserveAsync"/> until <see cref="ReleaseBudget"/>. Waiters are served in order of
/// arrival; a request larger than the whole buffer gets through alone.
/// </remarks>
internal sealed class AppendBuffer(BufferChunkPool pool, long maxBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private BufferChunk? _current;
    private long _usedBytes;
    private long _waitCount;

    /// <summary>Bytes accepted and not yet committed or given up.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    public long MaxBytes => maxBytes;

    /// <summary>How often somebody had to wait for room.</summary>
    public long WaitCount => Volatile.Read(ref _waitCount);

    /// <summary>Takes room where there is some and nobody waits for it.</summary>
    public bool TryReserve(int length, out BufferReservation reservation)
    {
        lock (_lock)
        {
            var isThere = _waiters.Count == 0 && HasRoomFor(length);
            reservation = isThere ? Take(length) : default;
            return isThere;
        }
    }

    /// <summary>Waits for room and takes it.</summary>
    public ValueTask<BufferReservation> ReserveAsync(int length, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_waiters.Count == 0 && HasRoomFor(length))
            {
                return new ValueTask<BufferReservation>(Take(length));
            }

            _waitCount++;
            waiter = new Waiter(length);
            _waiters.AddLast(waiter.Node);
        }

        return WaitAsync(waiter, cancellationToken);
    }

    /// <summary>Gives budget back; the memory itself is released by its chunks' references.</summary>
    public void ReleaseBudget(long bytes)
    {
        lock (_lock)
        {
            _usedBytes -= bytes;
            if (_usedBytes < 0)
            {
                throw new InvalidOperationException("More append budget was released than taken.");
            }

            GrantWaiters();
        }
    }

    /// <summary>Takes back batches that were not appended: their memory and their budget.</summary>
    public void GiveBack(ReadOnlySpan<PreparedBatch> batches)
    {
        foreach (var (_, memory) in batches)
        {
            memory.Chunk.Release();
            ReleaseBudget(memory.Length);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _current?.Release();
            _current = null;
        }
    }

    private bool HasRoomFor(int length) => _usedBytes == 0 || _usedBytes + length <= maxBytes;

    private BufferReservation Take(int length)
    {
        _usedBytes += length;
        if (_current is null || _current.Free < length)
        {
            if (length > pool.ChunkBytes / 2)
            {
                // A large batch gets a chunk of its own rather than wasting the rest of the current one.
                return new BufferReservation(pool.Rent(length), 0, length);
            }

            _current?.Release();
            _current = pool.Rent(length);
        }

        var reservation = new BufferReservation(_current, _current.Used, length);
        _current.Used += length;
        _current.Retain();
        return reservation;
    }

    private async ValueTask<BufferReservation> WaitAsync(Waiter waiter, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(_ => Abandon(waiter, cancellationToken), null);
        return await waiter.Granted.Task;
    }

    private void Abandon(Waiter waiter, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (waiter.Node.List is not null)
            {
                _waiters.Remove(waiter.Node);
                waiter.Granted.SetCanceled(cancellationToken);
                GrantWaiters();
            }
        }
    }

    private void GrantWaiters()
    {
        while (_waiters.First is { } first && HasRoomFor(first.Value.Length))
        {
            _waiters.RemoveFirst();
            first.Value.Granted.SetResult(Take(first.Value.Length));
        }
    }

    private sealed class Waiter
    {
        public Waiter(int length)
        {
            Length = length;
            Node = new LinkedListNode<Waiter>(this);
        }

        public int Length { get; }

        public LinkedListNode<Waiter> Node { get; }

        public TaskCompletionSource<BufferReservation> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
