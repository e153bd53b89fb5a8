using System.Buffers;

namespace Kafscale.Bench.Costs;

/// <summary>Bytes most of which are zero, kept in little memory: only small pages that hold anything else are stored.</summary>
internal sealed class SparseBytes
{
    private const int PageBytes = 128;

    private readonly int[] _places;
    private readonly byte[] _pages;

    public SparseBytes(ReadOnlySequence<byte> bytes)
    {
        Length = checked((int)bytes.Length);
        var whole = ArrayPool<byte>.Shared.Rent(Length);
        bytes.CopyTo(whole);
        _places = new int[(Length + PageBytes - 1) / PageBytes];
        var kept = new ArrayBufferWriter<byte>();
        for (var page = 0; page < _places.Length; page++)
        {
            var content = whole.AsSpan(page * PageBytes, Math.Min(PageBytes, Length - (page * PageBytes)));
            _places[page] = -1;
            if (content.ContainsAnyExcept((byte)0))
            {
                _places[page] = kept.WrittenCount;
                kept.Write(content);
            }
        }

        ArrayPool<byte>.Shared.Return(whole);
        _pages = kept.WrittenSpan.ToArray();
    }

    public int Length { get; }

    /// <summary>Copies from an offset on; fewer bytes than there is room for only at the end.</summary>
    public int CopyTo(long offset, Span<byte> destination)
    {
        var length = (int)Math.Clamp(Length - offset, 0, destination.Length);
        destination = destination[..length];
        destination.Clear();
        for (var done = 0; done < length;)
        {
            var position = (int)offset + done;
            var within = position % PageBytes;
            var count = Math.Min(PageBytes - within, length - done);
            if (_places[position / PageBytes] is var place and >= 0)
            {
                _pages.AsSpan(place + within, count).CopyTo(destination[done..]);
            }

            done += count;
        }

        return length;
    }
}
