namespace Kafscale.Storage.Segments;

/// <summary>The published version-1 layout of <c>.kfs</c> files.</summary>
public static class SegmentFormat
{
    /// <summary>Bytes before the first record batch.</summary>
    public const int HeaderLength = 32;

    /// <summary>Bytes behind the last record batch.</summary>
    public const int FooterLength = 16;

    /// <summary>The longest segment in bytes, because index positions have 32 bits.</summary>
    public const int MaxLength = int.MaxValue;

    internal const uint Magic = 0x4B414653;
    internal const uint FooterMagic = 0x454E4421;
    internal const ushort Version = 1;
}
