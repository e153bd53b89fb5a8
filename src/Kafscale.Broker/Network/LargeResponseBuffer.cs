using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Protocol;

namespace Kafscale.Broker.Network;

/// <summary>
/// Holds a large response that is to be sent piece by piece: its records by reference, the rest in memory that is rented. Used again
/// and again with <see cref="Clear"/>.
/// </summary>
internal sealed class LargeResponseBuffer : IRecordsOutput
{
    private const int InitialBytes = 4096;

    private const int InitialRecords = 16;

    private (int BytesBefore, ReadOnlySequence<byte> Records)[] _records = [];
    private int _recordsCount;
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

    public void WriteRecords(ReadOnlySequence<byte> records)
    {
        if (_recordsCount == _records.Length)
        {
            Grow(ref _records, _recordsCount, Math.Max(InitialRecords, _recordsCount * 2));
        }

        _records[_recordsCount++] = (_written, records);
    }

    /// <summary>How many parts the response has; each is some bytes and the records behind them.</summary>
    public int PartCount => _recordsCount + 1;

    /// <summary>A part of the response, from its beginning to its end; valid until it is cleared.</summary>
    public (ReadOnlyMemory<byte> Bytes, ReadOnlySequence<byte> Records) Part(int index)
    {
        int begin = index == 0 ? 0 : _records[index - 1].BytesBefore;
        (int end, ReadOnlySequence<byte> records) = index < _recordsCount ? _records[index] : (_written, default);
        return (_bytes.AsMemory(begin, end - begin), records);
    }

    /// <summary>Forgets the response, and gives its memory back.</summary>
    public void Clear()
    {
        GiveBack(ref _bytes);
        _written = 0;
        GiveBack(ref _records);
        _recordsCount = 0;
    }

    private void EnsureSpace(int sizeHint)
    {
        int needed = checked(_written + Math.Max(sizeHint, 1));
        if (needed > _bytes.Length)
        {
            Grow(ref _bytes, _written, Math.Max(Math.Max(needed, InitialBytes), (int)Math.Min(_bytes.Length * 2L, Array.MaxLength)));
        }
    }

    private static void Grow<T>(ref T[] array, int used, int length)
    {
        T[] larger = ArrayPool<T>.Shared.Rent(length);
        array.AsSpan(0, used).CopyTo(larger);
        GiveBack(ref array);
        array = larger;
    }

    // Without what it refers to: those that come after must not keep that from the garbage collector.
    private static void GiveBack<T>(ref T[] array)
    {
        if (array.Length > 0)
        {
            ArrayPool<T>.Shared.Return(array, clearArray: RuntimeHelpers.IsReferenceOrContainsReferences<T>());
        }

        array = [];
    }
}
