namespace Kafscale.Fuzzing.Inputs;

/// <summary>The bytes of an input while it is made. The array is used again for the next input.</summary>
internal sealed class InputBuffer
{
    /// <summary>Formats have no fields whose meaning begins with greater sizes, and short inputs are read often.</summary>
    public const int MaxLength = 16 * 1024;

    private readonly byte[] _bytes = new byte[MaxLength];

    public int Length { get; private set; }

    public Span<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Set(ReadOnlySpan<byte> bytes)
    {
        Length = Math.Min(bytes.Length, MaxLength);
        bytes[..Length].CopyTo(_bytes);
    }

    public void Truncate(int length) => Length = length;

    public void Remove(int position, int count)
    {
        Span[(position + count)..].CopyTo(Span[position..]);
        Length -= count;
    }

    /// <summary>Makes room at a position, as far as there is room at all, for the caller to fill.</summary>
    public Span<byte> Insert(int position, int count)
    {
        count = Math.Min(count, MaxLength - Length);
        int tail = Length - position;
        Length += count;
        _bytes.AsSpan(position, tail).CopyTo(_bytes.AsSpan(position + count));
        return _bytes.AsSpan(position, count);
    }
}
