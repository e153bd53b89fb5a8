using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Segments;

/// <summary>Reads <c>.kfs</c> segments and believes nothing that it has not checked.</summary>
public static class SegmentReader
{
    /// <summary>Verifies header, footer, checksum and that the batches follow each other without gaps.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole segment.</param>
    /// <param name="positionInObject">Where the segment begins in its object, for messages; not 0 for a slice of a WAL object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static Segment Read(string key, in ReadOnlySequence<byte> bytes, long positionInObject = 0)
    {
        var bodyLength = bytes.Length - SegmentFormat.HeaderLength - SegmentFormat.FooterLength;
        if (bodyLength < 0 || bytes.Length > SegmentFormat.MaxLength)
            throw new CorruptObjectException(key, positionInObject, $"A segment cannot have {bytes.Length} bytes.");

        var parser = new BigEndianParser(key, positionInObject, bytes);
        parser.ExpectHeader(SegmentFormat.Magic, SegmentFormat.Version, "segment's");
        var baseOffset = parser.ReadNotNegativeInt64("base offset");
        var recordCount = parser.ReadInt32("message count");
        var createdAtMs = parser.ReadInt64("creation time");
        parser.Skip(sizeof(int), "reserved field");
        var bodyPosition = parser.Position;
        parser.Skip(bodyLength, "record batches");
        var batches = bytes.Slice(SegmentFormat.HeaderLength, bodyLength);

        var crcPosition = parser.Position;
        var expectedCrc = parser.ReadUInt32("CRC");
        var crc = Crc32C.Compute(batches);
        if (crc != expectedCrc)
            throw new CorruptObjectException(key, crcPosition, $"The CRC of the batches is 0x{crc:X8}, but the footer says 0x{expectedCrc:X8}.");
        var lastOffsetPosition = parser.Position;
        var lastOffset = parser.ReadInt64("last offset");
        parser.ExpectMagic(SegmentFormat.FooterMagic, "footer's");

        var walk = Walk(key, batches, bodyPosition, baseOffset);
        if (walk.RecordCount != recordCount)
        {
            throw new CorruptObjectException(
                key, positionInObject + 16, $"The message count is {recordCount}, but the batches have {walk.RecordCount} records.");
        }

        if (walk.NextOffset - 1 != lastOffset)
        {
            throw new CorruptObjectException(
                key, lastOffsetPosition, $"The last offset is {lastOffset}, but the batches end at {walk.NextOffset - 1}.");
        }

        return new Segment
        {
            BaseOffset = baseOffset,
            LastOffset = lastOffset,
            RecordCount = recordCount,
            CreatedAtMs = createdAtMs,
            FirstTimestampMs = walk.FirstTimestampMs,
            MaxTimestampMs = walk.MaxTimestampMs,
            Batches = batches,
            BatchesCrc = crc,
        };
    }

    private static BatchWalk Walk(string key, in ReadOnlySequence<byte> batches, long bodyPosition, long baseOffset)
    {
        var walk = new BatchWalk { NextOffset = baseOffset, MaxTimestampMs = RecordBatchHeader.NoTimestamp };
        var position = bodyPosition;
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out var batch))
        {
            if (header.BaseOffset != walk.NextOffset)
                throw new CorruptObjectException(key, position, $"A batch begins at offset {header.BaseOffset} instead of {walk.NextOffset}.");
            if (header.RecordCount < 1 || header.LastOffsetDelta < header.RecordCount - 1 || header.NextOffset <= header.BaseOffset)
            {
                throw new CorruptObjectException(
                    key, position, $"A batch says it has {header.RecordCount} records and a last offset delta of {header.LastOffsetDelta}.");
            }

            if (position == bodyPosition)
                walk.FirstTimestampMs = header.BaseTimestamp;
            walk.MaxTimestampMs = Math.Max(walk.MaxTimestampMs, header.MaxTimestamp);
            walk.RecordCount += header.RecordCount;
            walk.NextOffset = header.NextOffset;
            position += batch.Length;
        }

        if (!reader.Error.IsNone)
            throw new CorruptObjectException(key, position, reader.Error.Message!);
        if (position == bodyPosition)
            throw new CorruptObjectException(key, position, "The segment has no record batches.");
        return walk;
    }

    private struct BatchWalk
    {
        public long NextOffset;
        public long RecordCount;
        public long FirstTimestampMs;
        public long MaxTimestampMs;
    }
}
