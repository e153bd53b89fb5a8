using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;
using Kafscale.Storage.Caching;
using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Partitions;

/// <summary>Record batches that were read, with the cache memory that they lie in. Valid until disposed, once; then it is used again for others.</summary>
internal sealed class FetchedRecords : IDisposable
{
    // As many as one fetch has where a client reads every partition of a large cluster.
    private const int MaxKept = 16 * 1024;

    // Not of a provider's making: that one disposes what it has no room for, and these are disposed before they come back.
    private static readonly ObjectPool<FetchedRecords> Pool =
        new DefaultObjectPool<FetchedRecords>(new DefaultPooledObjectPolicy<FetchedRecords>(), MaxKept);

    private readonly SequenceBuilder _records = new();
    private readonly List<IDisposable> _leases = [];
    private int _isRented;

    /// <summary>Where the records are: consecutive runs, for whoever reads them.</summary>
    public List<LogRange> Ranges { get; } = [];

    /// <summary>Bytes of batches.</summary>
    public long Length => _records.Length;

    /// <summary>Behind the last record; where a reader goes on.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Where the batch with the next offset begins; <see langword="null"/> where that is not in the range that was read last.</summary>
    public LogRange? Next { get; private set; }

    /// <summary>Whether some of them do not lie where this broker has just written them.</summary>
    public bool AreOlder { get; private set; }

    /// <summary>One without records.</summary>
    public static FetchedRecords Rent()
    {
        var records = Pool.Get();
        records._isRented = 1;
        return records;
    }

    public ReadOnlySequence<byte> ToSequence() => _records.ToSequence();

    /// <summary>Takes over a lease, of whose bytes a part is the next records.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="records">Whole batches, or nothing.</param>
    /// <param name="nextOffset">Behind the last record.</param>
    /// <param name="next">Where the batch with that offset begins, if it is in the same range.</param>
    public void Add(ObjectBytes lease, in ReadOnlySequence<byte> records, long nextOffset, LogRange? next)
    {
        _leases.Add(lease);
        if (records.IsEmpty)
        {
            return;
        }

        NextOffset = nextOffset;
        Next = next;
        AreOlder |= !lease.IsFreshlyWritten;
        _records.Append(records);
    }

    /// <summary>Takes over messages that batches were unpacked into, for a consumer that knows no batches.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="nextOffset">Behind the batches.</param>
    public void Add(PooledBuffer messages, long nextOffset)
    {
        _leases.Add(messages);
        NextOffset = nextOffset;
        _records.Append(messages.WrittenMemory);
    }

    /// <exception cref="InvalidOperationException">They were disposed before: two owners believe that they are theirs.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isRented, 0) == 0)
        {
            throw new InvalidOperationException("Fetched records were disposed twice.");
        }

        foreach (var lease in _leases)
        {
            lease.Dispose();
        }

        _leases.Clear();
        _records.Clear();
        Ranges.Clear();
        NextOffset = 0;
        Next = null;
        AreOlder = false;
        Pool.Return(this);
    }
}
