using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Segments;

/// <summary>Puts header and footer of a <c>.kfs</c> segment around record batches, which are not copied.</summary>
public static class SegmentWriter
{
    /// <summary>Makes a segment of consecutive batches.</summary>
    /// <param name="baseOffset">The first batch's base offset.</param>
    /// <param name="lastOffset">The last record's offset.</param>
    /// <param name="recordCount">The sum of the batches' record counts, at least 1.</param>
    /// <param name="createdAtMs">Unix milliseconds.</param>
    /// <param name="parts">The batches in the order of their offsets. Their memory becomes part of the result.</param>
    /// <exception cref="ArgumentException">The parts are empty, too long for a segment, or do not fit the numbers.</exception>
    public static ReadOnlySequence<byte> Write(
        long baseOffset, long lastOffset, int recordCount, long createdAtMs, params ReadOnlySpan<SegmentPart> parts)
    {
        long bodyLength = 0;
        uint bodyCrc = 0;
        foreach (ref readonly var part in parts)
        {
            bodyCrc = Crc32C.Combine(bodyCrc, part.Crc, part.Batches.Length);
            bodyLength += part.Batches.Length;
        }

        CheckNumbers(baseOffset, lastOffset, recordCount, bodyLength);
        var frame = new byte[SegmentFormat.HeaderLength + SegmentFormat.FooterLength];
        WriteHeader(frame, baseOffset, recordCount, createdAtMs);
        WriteFooter(frame.AsSpan(SegmentFormat.HeaderLength), bodyCrc, lastOffset);
        var segment = new SequenceBuilder();
        segment.Append(frame.AsMemory(0, SegmentFormat.HeaderLength));
        foreach (ref readonly var part in parts)
            segment.Append(part.Batches);
        segment.Append(frame.AsMemory(SegmentFormat.HeaderLength));
        return segment.ToSequence();
    }

    internal static void CheckNumbers(long baseOffset, long lastOffset, int recordCount, long bodyLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(baseOffset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(recordCount);
        if (lastOffset < baseOffset || recordCount - 1 > lastOffset - baseOffset)
            throw new ArgumentException($"{recordCount} records do not fit into the offsets {baseOffset} to {lastOffset}.", nameof(recordCount));
        if (bodyLength == 0)
            throw new ArgumentException("A segment has at least one record batch.", nameof(bodyLength));
        if (bodyLength > SegmentFormat.MaxLength - SegmentFormat.HeaderLength - SegmentFormat.FooterLength)
            throw new ArgumentException($"A segment of {bodyLength} bytes of batches would reach 2 GiB.", nameof(bodyLength));
    }

    internal static void WriteHeader(Span<byte> destination, long baseOffset, int recordCount, long createdAtMs)
    {
        var writer = new BigEndianWriter(destination);
        writer.WriteUInt32(SegmentFormat.Magic);
        writer.WriteUInt16(SegmentFormat.Version);
        writer.WriteUInt16(0);
        writer.WriteInt64(baseOffset);
        writer.WriteInt32(recordCount);
        writer.WriteInt64(createdAtMs);
        writer.WriteInt32(0);
    }

    internal static void WriteFooter(Span<byte> destination, uint bodyCrc, long lastOffset)
    {
        var writer = new BigEndianWriter(destination);
        writer.WriteUInt32(bodyCrc);
        writer.WriteInt64(lastOffset);
        writer.WriteUInt32(SegmentFormat.FooterMagic);
    }
}
