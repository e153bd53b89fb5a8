using System.Buffers;
using Kafscale.Protocol;

namespace Kafscale.Broker.Network;

/// <summary>
/// Holds a large response that is to be sent piece by piece: its records by reference, the rest in one rented array.
/// </summary>
internal sealed class LargeResponseBuffer : IRecordsOutput, IDisposable
{
    private const int InitialBytes = 4096;

    private readonly List<(int BytesBefore, ReadOnlySequence<byte> Records)> _records = [];
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(InitialBytes);
    private int _written;

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureSpace(sizeHint);
        return _bytes.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureSpace(sizeHint);
        return _bytes.AsSpan(_written);
    }

    public void WriteRecords(ReadOnlySequence<byte> records) => _records.Add((_written, records));

    /// <summary>The response from its beginning to its end.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        int begin = 0;
        foreach ((int bytesBefore, ReadOnlySequence<byte> records) in _records)
        {
            yield return _bytes.AsMemory(begin, bytesBefore - begin);
            foreach (ReadOnlyMemory<byte> segment in records)
            {
                yield return segment;
            }

            begin = bytesBefore;
        }

        yield return _bytes.AsMemory(begin, _written - begin);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
    }

    private void EnsureSpace(int sizeHint)
    {
        int needed = checked(_written + Math.Max(sizeHint, 1));
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        _bytes.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
