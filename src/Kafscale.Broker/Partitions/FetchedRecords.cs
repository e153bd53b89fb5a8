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

    public ReadOnlySequence<byte> ToSequence() => MemorySequence.Create(_parts);

    /// <summary>Takes over a lease, of whose bytes a part is the next records.</summary>
    public void Add(ObjectBytes lease, in ReadOnlySequence<byte> records)
    {
        _leases.Add(lease);
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
