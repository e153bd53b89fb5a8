using Kafscale.Storage;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// The memory that accepted batches wait in until they are committed. Its size is bounded: at the bound a
/// reservation waits, the connection that asked is not read from, and memory does not grow.
/// </summary>
/// <remarks>Bytes count from <see cref="ReserveAsync"/> until <see cref="ReleaseBudget"/>.</remarks>
/// <param name="pool">Has the memory.</param>
/// <param name="maxBytes">The bound; a larger batch gets through alone.</param>
/// <param name="timeProvider">Measures waits.</param>
internal sealed class AppendBuffer(BufferChunkPool pool, long maxBytes, TimeProvider timeProvider) : IDisposable
{
    private readonly Lock _lock = new();
    private BufferChunk? _current;

    /// <summary>What is left, and who waits.</summary>
    public ByteBudget Budget { get; } = new(maxBytes, timeProvider);

    /// <summary>Bytes accepted and not yet committed or given up.</summary>
    public long UsedBytes => Budget.UsedBytes;

    /// <summary>Takes room where there is some and nobody waits for it.</summary>
    public bool TryReserve(int length, out BufferReservation reservation)
    {
        var isThere = Budget.TryAcquire(length);
        reservation = isThere ? Take(length) : default;
        return isThere;
    }

    /// <summary>Waits for room and takes it.</summary>
    public async ValueTask<BufferReservation> ReserveAsync(int length, CancellationToken cancellationToken)
    {
        await Budget.AcquireAsync(length, cancellationToken);
        return Take(length);
    }

    /// <summary>Gives budget back; the memory itself is released by its chunks' references.</summary>
    public void ReleaseBudget(long bytes) => Budget.Release(bytes);

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

    private BufferReservation Take(int length)
    {
        lock (_lock)
        {
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
    }
}
