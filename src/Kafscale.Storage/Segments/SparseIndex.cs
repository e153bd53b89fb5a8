using System.Buffers;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Segments;

/// <summary>A parsed <c>.index</c> file: positions of some of a segment's batches. Immutable.</summary>
/// <remarks>
/// The published format has no checksum. What can be checked is checked here; whoever follows a position finds the
/// batch's base offset in <see cref="IndexInterval.BaseOffset"/> to compare.
/// </remarks>
public sealed class SparseIndex
{
    internal const uint Magic = 0x49445800;
    internal const ushort Version = 1;
    internal const int HeaderLength = 16;
    internal const int EntryLength = 12;

    private readonly long[] _offsets;
    private readonly int[] _positions;

    private SparseIndex(int intervalMessages, long[] offsets, int[] positions)
    {
        IntervalMessages = intervalMessages;
        _offsets = offsets;
        _positions = positions;
    }

    /// <summary>At least how many records lie from one entry to the next.</summary>
    public int IntervalMessages { get; }

    /// <summary>How many entries there are, at least 1.</summary>
    public int EntryCount => _offsets.Length;

    /// <summary>About how much memory the index takes, in bytes.</summary>
    public long MemoryBytes => 128 + ((long)EntryLength * EntryCount);

    /// <summary>Parses and verifies an index.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static SparseIndex Parse(string key, in ReadOnlySequence<byte> bytes)
    {
        var parser = new BigEndianParser(key, startPosition: 0, bytes);
        parser.ExpectMagic(Magic, "index's");
        parser.ExpectVersion(Version);
        var countPosition = parser.Position;
        var count = parser.ReadInt32("entry count");
        var intervalPosition = parser.Position;
        var intervalMessages = parser.ReadInt32("interval");
        parser.Skip(sizeof(ushort), "reserved field");
        if (count < 1 || parser.Remaining != (long)count * EntryLength)
            throw parser.Corrupt(countPosition, $"The entry count is {count}, but {parser.Remaining} bytes of entries follow.");
        if (intervalMessages < 1)
            throw parser.Corrupt(intervalPosition, $"The interval is {intervalMessages} messages.");

        var offsets = new long[count];
        var positions = new int[count];
        for (var i = 0; i < count; i++)
        {
            var entryPosition = parser.Position;
            offsets[i] = parser.ReadNotNegativeInt64("entry's offset");
            positions[i] = parser.ReadInt32("entry's position");
            var isInOrder = i == 0
                ? positions[0] == SegmentFormat.HeaderLength
                : offsets[i] > offsets[i - 1] && positions[i] > positions[i - 1];
            if (!isInOrder)
                throw parser.Corrupt(entryPosition, $"The entry with offset {offsets[i]} and position {positions[i]} is out of order.");
        }

        return new SparseIndex(intervalMessages, offsets, positions);
    }

    /// <summary>One of the entries, from 0 on, and where the next one begins.</summary>
    public IndexInterval EntryAt(int entry) =>
        new(_offsets[entry], _positions[entry], entry + 1 < EntryCount ? _positions[entry + 1] : null);

    /// <summary>Finds where to read for an offset: at the greatest entry that is not above it, or at the first.</summary>
    public IndexInterval Find(long offset)
    {
        var found = Array.BinarySearch(_offsets, offset);
        return EntryAt(Math.Max(0, found >= 0 ? found : ~found - 1));
    }
}
