using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Wal;

/// <summary>Reads WAL objects and believes nothing that it has not checked.</summary>
public static class WalObjectReader
{
    /// <summary>Enough for the directory of a few hundred slices, so that one read is the rule.</summary>
    private const int FirstReadLength = 32 * 1024;

    /// <summary>Verifies a whole object: header, directory, and every slice as <see cref="SegmentReader"/> does.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static WalDirectory Read(string key, in ReadOnlySequence<byte> bytes)
    {
        var directory = ReadTail(key, bytes, bytes.Length, out _)!;
        VerifyHeader(key, bytes, directory);
        foreach (var entry in directory.Entries)
            VerifySlice(key, entry, bytes.Slice(entry.Position, entry.Length));
        return directory;
    }

    /// <summary>Verifies one slice's bytes against its directory entry.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="entry">What the directory says.</param>
    /// <param name="slice">The bytes of exactly this slice.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static Segment VerifySlice(string key, WalDirectoryEntry entry, in ReadOnlySequence<byte> slice)
    {
        if (slice.Length != entry.Length)
            throw new CorruptObjectException(key, entry.Position, $"The slice has {slice.Length} bytes, but the directory says {entry.Length}.");
        var crc = Crc32C.Compute(slice);
        if (crc != entry.Crc)
            throw new CorruptObjectException(key, entry.Position, $"The slice's CRC is 0x{crc:X8}, but the directory says 0x{entry.Crc:X8}.");
        var segment = SegmentReader.Read(key, slice, entry.Position);
        if (segment.BaseOffset != entry.BaseOffset || segment.LastOffset != entry.LastOffset || segment.RecordCount != entry.RecordCount)
        {
            throw new CorruptObjectException(
                key,
                entry.Position,
                $"The slice has {segment.RecordCount} records at offsets {segment.BaseOffset} to {segment.LastOffset}, but the directory says {entry.RecordCount} at {entry.BaseOffset} to {entry.LastOffset}.");
        }

        return segment;
    }

    /// <summary>Reads and verifies only the directory, by one range read or, where it is long, two.</summary>
    /// <param name="store">Where the object is.</param>
    /// <param name="key">The object's key.</param>
    /// <param name="objectLength">The object's size in bytes.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public static async ValueTask<WalDirectory> ReadDirectoryAsync(
        IObjectStore store, string key, long objectLength, CancellationToken cancellationToken)
    {
        var tail = await ReadTailBytesAsync(store, key, objectLength, Math.Min(objectLength, FirstReadLength), cancellationToken);
        if (ReadTail(key, tail, objectLength, out var neededLength) is { } directory)
            return directory;
        tail = await ReadTailBytesAsync(store, key, objectLength, neededLength, cancellationToken);
        return ReadTail(key, tail, objectLength, out _)!;
    }

    private static async ValueTask<ReadOnlySequence<byte>> ReadTailBytesAsync(
        IObjectStore store, string key, long objectLength, long length, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        var read = await store.ReadAsync(key, objectLength - length, bytes, cancellationToken);
        return read == bytes.Length
            ? new ReadOnlySequence<byte>(bytes)
            : throw new CorruptObjectException(key, objectLength - length + read, $"The object ends here instead of at {objectLength}.");
    }

    /// <summary>Parses the directory at the end of <paramref name="tail"/>.</summary>
    /// <returns><see langword="null"/> where the tail is too short for it and <paramref name="neededLength"/> bytes would do.</returns>
    private static WalDirectory? ReadTail(string key, in ReadOnlySequence<byte> tail, long objectLength, out long neededLength)
    {
        const int Smallest = WalFormat.HeaderLength + WalFormat.DirectoryHeaderLength + WalFormat.TrailerLength;
        if (objectLength < Smallest)
            throw new CorruptObjectException(key, 0, $"A WAL object cannot have {objectLength} bytes.");
        var trailerPosition = objectLength - WalFormat.TrailerLength;
        var trailer = new BigEndianParser(key, trailerPosition, tail.Slice(tail.Length - WalFormat.TrailerLength));
        var directoryLength = trailer.ReadInt32("directory's length");
        var expectedCrc = trailer.ReadUInt32("directory's CRC");
        trailer.ExpectMagic(WalFormat.ClosingMagic, "closing");
        if (directoryLength is < WalFormat.DirectoryHeaderLength or > WalFormat.MaxDirectoryLength
            || directoryLength > trailerPosition - WalFormat.HeaderLength)
        {
            throw new CorruptObjectException(key, trailerPosition, $"The directory cannot have {directoryLength} bytes in an object of {objectLength}.");
        }

        neededLength = (long)directoryLength + WalFormat.TrailerLength;
        if (tail.Length < neededLength)
            return null;
        var directory = tail.Slice(tail.Length - neededLength, directoryLength);
        var crc = Crc32C.Compute(directory);
        if (crc != expectedCrc)
        {
            throw new CorruptObjectException(
                key, trailerPosition + sizeof(int), $"The directory's CRC is 0x{crc:X8}, but the trailer says 0x{expectedCrc:X8}.");
        }

        return ParseDirectory(new BigEndianParser(key, trailerPosition - directoryLength, directory));
    }

    private static WalDirectory ParseDirectory(BigEndianParser parser)
    {
        var slicesEnd = parser.Position;
        var session = parser.ReadNotNegativeInt64("session");
        var sequence = parser.ReadNotNegativeInt64("sequence");
        var createdAtMs = parser.ReadInt64("creation time");
        var entries = new WalDirectoryEntry[parser.ReadCount("slice count", WalFormat.EntryFixedLength)];
        long nextPosition = WalFormat.HeaderLength;
        for (var i = 0; i < entries.Length; i++)
        {
            var entryPosition = parser.Position;
            var entry = parser.Take(parser.ReadNotNegativeInt32("length of a directory entry"), "directory entry");
            entries[i] = ParseEntry(entry);
            if (entries[i].Position != nextPosition || entries[i].Length > slicesEnd - nextPosition)
            {
                throw parser.Corrupt(
                    entryPosition, $"A slice is said to have {entries[i].Length} bytes at {entries[i].Position}, but belongs between {nextPosition} and {slicesEnd}.");
            }

            nextPosition += entries[i].Length;
        }

        if (parser.Remaining != 0 || nextPosition != slicesEnd)
            throw parser.Corrupt(parser.Position, $"The directory leaves {parser.Remaining} of its bytes and {slicesEnd - nextPosition} of the slices' unexplained.");
        return new WalDirectory(session, sequence, createdAtMs, entries);
    }

    private static WalDirectoryEntry ParseEntry(BigEndianParser parser)
    {
        var position = parser.Position;
        var entry = new WalDirectoryEntry
        {
            TopicId = parser.ReadGuid("topic id"),
            TopicName = parser.ReadTopicName(),
            Partition = parser.ReadNotNegativeInt32("partition"),
            LeaderEpoch = parser.ReadInt32("leader epoch"),
            BaseOffset = parser.ReadNotNegativeInt64("base offset"),
            LastOffset = parser.ReadNotNegativeInt64("last offset"),
            RecordCount = parser.ReadInt32("record count"),
            Position = parser.ReadNotNegativeInt64("slice's position"),
            Length = parser.ReadInt32("slice's length"),
            Crc = parser.ReadUInt32("slice's CRC"),
            MaxTimestampMs = parser.ReadInt64("max timestamp"),
            ProducerBatches = ParseProducerBatches(ref parser),
        };
        if (entry.BatchesLength <= 0)
            throw parser.Corrupt(position, $"A slice cannot have {entry.Length} bytes.");
        return entry.RecordCount >= 1 && entry.RecordCount - 1 <= entry.LastOffset - entry.BaseOffset
            ? entry
            : throw parser.Corrupt(position, $"A slice cannot have {entry.RecordCount} records at offsets {entry.BaseOffset} to {entry.LastOffset}.");
    }

    private static WalProducerBatch[] ParseProducerBatches(ref BigEndianParser parser)
    {
        var batches = new WalProducerBatch[parser.ReadCount("count of producer batches", WalFormat.ProducerBatchLength)];
        for (var i = 0; i < batches.Length; i++)
        {
            batches[i] = new WalProducerBatch(
                parser.ReadInt64("producer id"),
                parser.ReadInt16("producer epoch"),
                parser.ReadInt32("base sequence"),
                parser.ReadInt32("last sequence"),
                parser.ReadInt64("batch's base offset"),
                parser.ReadInt64("batch's last offset"),
                parser.ReadInt64("batch's time"));
        }

        return batches;
    }

    private static void VerifyHeader(string key, in ReadOnlySequence<byte> bytes, WalDirectory directory)
    {
        var parser = new BigEndianParser(key, startPosition: 0, bytes);
        parser.ExpectHeader(WalFormat.Magic, WalFormat.Version, "WAL object's");
        var position = parser.Position;
        var session = parser.ReadInt64("session");
        var sequence = parser.ReadInt64("sequence");
        var createdAtMs = parser.ReadInt64("creation time");
        if (session != directory.Session || sequence != directory.Sequence || createdAtMs != directory.CreatedAtMs)
        {
            throw parser.Corrupt(
                position,
                $"The header says session {session}, sequence {sequence}, created at {createdAtMs}, but the directory {directory.Session}, {directory.Sequence}, {directory.CreatedAtMs}.");
        }
    }
}
