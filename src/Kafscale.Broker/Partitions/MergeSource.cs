using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.Partitions;

/// <summary>The bytes of consecutive slices, read and checked to be one run of offsets, from which a segment is made.</summary>
internal sealed class MergeSource : IDisposable
{
    // For what is not in memory: merging must not take the place of what consumers read.
    private const int ReadsAtOnce = 8;

    private readonly List<ObjectBytes> _leases = [];
    private readonly List<byte[]> _buffers = [];
    private readonly List<SegmentPart> _parts = [];
    private readonly SparseIndexBuilder _index = new();
    private readonly TopicPartition _partition;

    private MergeSource(TopicPartition partition, IReadOnlyList<TailSlice> slices)
    {
        _partition = partition;
        Slices = slices;
        EndOffset = slices[0].BaseOffset;
    }

    public IReadOnlyList<TailSlice> Slices { get; }

    public long BaseOffset => Slices[0].BaseOffset;

    /// <summary>Behind the last record.</summary>
    public long EndOffset { get; private set; }

    public int RecordCount { get; private set; }

    public long FirstTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    public long MaxTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    /// <summary>Bytes of batches.</summary>
    public long Length { get; private set; }

    /// <summary>CRC-32C of the batches.</summary>
    public uint Crc { get; private set; }

    public static async Task<MergeSource> ReadAsync(
        TopicPartition partition,
        IReadOnlyList<TailSlice> slices,
        CachedObjectReader objects,
        IObjectStore objectStore,
        CancellationToken cancellationToken)
    {
        var source = new MergeSource(partition, slices);
        try
        {
            foreach (var some in slices.Chunk(ReadsAtOnce))
            {
                var reads = Array.ConvertAll(some, slice => source.ReadAsync(slice, objects, objectStore, cancellationToken));
                foreach (var batches in await Task.WhenAll(reads))
                {
                    source.Add(batches);
                }
            }

            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public ReadOnlySequence<byte> ToSegment(long createdAtMs) =>
        SegmentWriter.Write(BaseOffset, EndOffset - 1, RecordCount, createdAtMs, [.. _parts]);

    public byte[] ToIndex() => _index.ToArray();

    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }

        _leases.Clear();
        foreach (var buffer in _buffers)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _buffers.Clear();
    }

    private async Task<ReadOnlySequence<byte>> ReadAsync(
        TailSlice slice, CachedObjectReader objects, IObjectStore objectStore, CancellationToken cancellationToken)
    {
        if (objects.TryRead(slice.Region, slice.BodyPosition, slice.BodyLength, out var lease))
        {
            _leases.Add(lease);
            return lease.Bytes;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(slice.BodyLength);
        _buffers.Add(buffer);
        var read = await objectStore.ReadAsync(slice.WalObject.Key, slice.BodyPosition, buffer.AsMemory(0, slice.BodyLength), cancellationToken);
        return read == slice.BodyLength
            ? new ReadOnlySequence<byte>(buffer, 0, slice.BodyLength)
            : throw new CorruptObjectException(
                slice.WalObject.Key, slice.BodyPosition + read, $"The object ends here instead of at {slice.WalObject.Length}.");
    }

    private void Add(ReadOnlySequence<byte> batches)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out _))
        {
            if (header.BaseOffset != EndOffset)
            {
                throw new InvalidOperationException($"Invariant broken: a batch of {_partition} begins at {header.BaseOffset}, not at {EndOffset}.");
            }

            if (RecordCount == 0)
            {
                FirstTimestampMs = header.BaseTimestamp;
            }

            EndOffset = header.NextOffset;
            RecordCount += header.RecordCount;
            MaxTimestampMs = Math.Max(MaxTimestampMs, header.MaxTimestamp);
            _index.Add(header);
        }

        if (!reader.Error.IsNone)
        {
            throw new InvalidOperationException($"Invariant broken: {_partition} holds bytes at {EndOffset} that are no batches: {reader.Error.Message}");
        }

        var crc = Crc32C.Compute(batches);
        _parts.Add(new SegmentPart(batches, crc));
        Crc = Crc32C.Combine(Crc, crc, batches.Length);
        Length += batches.Length;
    }
}
