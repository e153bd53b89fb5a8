using System.Buffers;
using Kafscale.Protocol;

namespace Kafscale.Broker.Network;

/// <summary>
/// Holds a large response that is to be sent piece by piece: its records by reference, the rest in one rented array. Used again
/// and again with <see cref="Clear"/>.
/// </summary>
internal sealed class LargeResponseBuffer : IRecordsOutput
{
    private const int InitialBytes = 4096;

    // What responses of more pieces take is not kept for the next one.
    private const int MaxKeptPieces = 64;

    private List<(int BytesBefore, ReadOnlySequence<byte> Records)> _records = [];
    private List<ReadOnlyMemory<byte>> _pieces = [];
    private byte[] _bytes = [];
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

    /// <summary>The response from its beginning to its end; valid until it is cleared.</summary>
    public List<ReadOnlyMemory<byte>> ToPieces()
    {
        int begin = 0;
        foreach ((int bytesBefore, ReadOnlySequence<byte> records) in _records)
        {
            _pieces.Add(_bytes.AsMemory(begin, bytesBefore - begin));
            foreach (ReadOnlyMemory<byte> segment in records)
            {
                _pieces.Add(segment);
            }

            begin = bytesBefore;
        }

        _pieces.Add(_bytes.AsMemory(begin, _written - begin));
        return _pieces;
    }

    /// <summary>Forgets the response, and gives its memory back.</summary>
    public void Clear()
    {
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = [];
        _written = 0;
        Clear(ref _records);
        Clear(ref _pieces);
    }

    private static void Clear<T>(ref List<T> list)
    {
        list.Clear();
        if (list.Capacity > MaxKeptPieces)
        {
            list = [];
        }
    }

    private void EnsureSpace(int sizeHint)
    {
        int needed = checked(_written + Math.Max(sizeHint, 1));
        if (needed <= _bytes.Length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(Math.Max(needed, InitialBytes), (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        _bytes.AsSpan(0, _written).CopyTo(larger);
        if (_bytes.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }

        _bytes = larger;
    }
}
