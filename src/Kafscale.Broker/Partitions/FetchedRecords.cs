using System.Buffers;
using Kafscale.Storage.Caching;

namespace Kafscale.Broker.Partitions;

/// <summary>Record batches that were read, with the cache memory that they lie in. Valid until disposed.</summary>
internal sealed class FetchedRecords : IDisposable
{
    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly List<ObjectBytes> _leases = [];

    /// <summary>Bytes of batches.</summary>
    public long Length { get; private set; }

    /// <summary>Behind the last record; where a reader goes on.</summary>
    public long NextOffset { get; private set; }

    /// <summary>Where the batch with the next offset begins; <see langword="null"/> where that is not in the range that was read last.</summary>
    public LogRange? Next { get; private set; }

    /// <summary>Whether some of them do not lie where this broker has just written them.</summary>
    public bool AreOlder { get; private set; }

    public ReadOnlySequence<byte> ToSequence() => MemorySequence.Create(_parts);

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
        foreach (var part in records)
        {
            _parts.Add(part);
        }

        Length += records.Length;
    }

    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }

        _leases.Clear();
        _parts.Clear();
    }
}
