using System.Buffers;
using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// The bytes of slices that are to be merged, of several partitions at once: what the cache has no more is read past it, and
/// slices that lie side by side in a WAL object by one request. So the requests that merging takes depend on the bytes
/// that are merged at a time, and not on how many partitions they belong to.
/// </summary>
internal sealed class MergeInput : IDisposable
{
    // Between neighbours there are 48 bytes; reading a few that nobody asked for costs less than another request.
    private const int MaxGapBytes = 32 * 1024;

    private const int MaxReadBytes = 8 * 1024 * 1024;
    private const int ReadsAtATime = 8;

    private readonly Dictionary<TailSlice, ReadOnlySequence<byte>> _bytes = [];

    // To be checked before a segment is made of them, whose checksum would say that they are right.
    private readonly HashSet<TailSlice> _fromStore = [];
    private readonly List<ObjectBytes> _leases = [];
    private readonly List<byte[]> _buffers = [];

    private MergeInput()
    {
    }

    /// <summary>The batches of a slice, until this is disposed.</summary>
    /// <exception cref="CorruptObjectException">They came from the store, and are not what was written.</exception>
    public ReadOnlySequence<byte> this[TailSlice slice]
    {
        get
        {
            var bytes = _bytes[slice];
            if (!_fromStore.Contains(slice))
            {
                return bytes;
            }

            var right = StoredBatches.CheckedLength(bytes, out _, out var problem);
            return right == bytes.Length
                ? bytes
                : throw new CorruptObjectException(slice.WalObject.Key, slice.BodyPosition + right, problem ?? "A record batch was expected.");
        }
    }

    public static async Task<MergeInput> ReadAsync(
        IEnumerable<TailSlice> slices, CachedObjectReader cache, IObjectStore store, CancellationToken cancellationToken)
    {
        var input = new MergeInput();
        try
        {
            foreach (var reads in input.PlanReads(input.TakeFromCache(slices, cache)).Chunk(ReadsAtATime))
            {
                await Task.WhenAll(reads.Select(read => read.RunAsync(store, cancellationToken)));
            }

            return input;
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var lease in _leases)
        {
            lease.Dispose();
        }

        foreach (var buffer in _buffers)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        _bytes.Clear();
        _leases.Clear();
        _buffers.Clear();
    }

    private List<TailSlice> TakeFromCache(IEnumerable<TailSlice> slices, CachedObjectReader cache)
    {
        var missing = new List<TailSlice>();
        foreach (var slice in slices)
        {
            if (cache.TryRead(slice.Region, slice.BodyPosition, slice.BodyLength, out var lease))
            {
                _leases.Add(lease);
                _bytes.Add(slice, lease.Bytes);
                if (!lease.IsFreshlyWritten)
                {
                    _fromStore.Add(slice);
                }
            }
            else
            {
                missing.Add(slice);
            }
        }

        return missing;
    }

    private List<RangeRead> PlanReads(List<TailSlice> missing)
    {
        var reads = new List<RangeRead>();
        foreach (var inObject in missing.GroupBy(slice => slice.WalObject.Key))
        {
            var pending = new List<TailSlice>();
            foreach (var slice in inObject.OrderBy(slice => slice.BodyPosition))
            {
                if (pending.Count > 0
                    && (slice.BodyPosition - EndOf(pending[^1]) > MaxGapBytes || EndOf(slice) - pending[0].BodyPosition > MaxReadBytes))
                {
                    reads.Add(Plan(pending));
                    pending.Clear();
                }

                pending.Add(slice);
            }

            reads.Add(Plan(pending));
        }

        return reads;
    }

    private RangeRead Plan(List<TailSlice> slices)
    {
        var position = slices[0].BodyPosition;
        var length = checked((int)(EndOf(slices[^1]) - position));
        var buffer = ArrayPool<byte>.Shared.Rent(length);
        _buffers.Add(buffer);
        foreach (var slice in slices)
        {
            _bytes.Add(slice, new ReadOnlySequence<byte>(buffer, (int)(slice.BodyPosition - position), slice.BodyLength));
            _fromStore.Add(slice);
        }

        return new RangeRead(slices[0].WalObject.Key, position, buffer.AsMemory(0, length));
    }

    private static long EndOf(TailSlice slice) => slice.BodyPosition + slice.BodyLength;

    private sealed record RangeRead(string Key, long Position, Memory<byte> Destination)
    {
        public async Task RunAsync(IObjectStore store, CancellationToken cancellationToken)
        {
            var read = await store.ReadAsync(Key, Position, Destination, cancellationToken);
            if (read != Destination.Length)
            {
                throw new CorruptObjectException(Key, Position + read, $"The object ends here, and committed slices lie up to {Position + Destination.Length}.");
            }
        }
    }
}
