namespace Kafscale.Storage.Wal;

/// <summary>The layout of WAL objects, version 1; described in <c>docs/formats.md</c>.</summary>
internal static class WalFormat
{
    public const uint Magic = 0x4B414657;
    public const uint ClosingMagic = 0x57454E44;
    public const ushort Version = 1;
    public const int HeaderLength = 32;

    /// <summary>Length and CRC of the directory, and the closing magic.</summary>
    public const int TrailerLength = 12;

    /// <summary>Session, sequence, creation time and slice count.</summary>
    public const int DirectoryHeaderLength = 28;

    /// <summary>A directory entry with its length field, without the topic name's characters and the producer batches.</summary>
    public const int EntryFixedLength = 77;

    public const int ProducerBatchLength = 42;

    /// <summary>More would mean millions of slices in one flush; refused before memory is taken for it.</summary>
    public const int MaxDirectoryLength = 256 * 1024 * 1024;
}
