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

    // What responses of more partitions take is not kept for the next one.
    private const int MaxKeptRecords = 64;

    private List<(int BytesBefore, ReadOnlySequence<byte> Records)> _records = [];
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

    /// <summary>How many parts the response has; each is some bytes and the records behind them.</summary>
    public int PartCount => _records.Count + 1;

    /// <summary>A part of the response, from its beginning to its end; valid until it is cleared.</summary>
    public (ReadOnlyMemory<byte> Bytes, ReadOnlySequence<byte> Records) Part(int index)
    {
        int begin = index == 0 ? 0 : _records[index - 1].BytesBefore;
        (int end, ReadOnlySequence<byte> records) = index < _records.Count ? _records[index] : (_written, default);
        return (_bytes.AsMemory(begin, end - begin), records);
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
        _records.Clear();
        if (_records.Capacity > MaxKeptRecords)
        {
            _records = [];
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
