using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;
using Kafscale.Storage.Segments;

namespace Kafscale.Storage.Wal;

/// <summary>Makes the one object of a flush out of the slices of all partitions, without copying or reading a batch.</summary>
public static class WalObjectWriter
{
    private const int SegmentFrameLength = SegmentFormat.HeaderLength + SegmentFormat.FooterLength;

    /// <summary>Lays the slices out one after another, each as a whole segment, with the directory behind them.</summary>
    /// <param name="session">The writing broker's session, not negative.</param>
    /// <param name="sequence">The flush's number within the session, not negative.</param>
    /// <param name="createdAtMs">Unix milliseconds; also the creation time of the slices.</param>
    /// <param name="slices">At least one.</param>
    /// <exception cref="ArgumentException">A slice is empty, too long for a segment, or does not fit its numbers or a topic's name.</exception>
    public static WalObject Write(long session, long sequence, long createdAtMs, IReadOnlyList<WalSlice> slices)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(session);
        ArgumentOutOfRangeException.ThrowIfNegative(sequence);
        var directoryLength = CheckAndMeasure(slices);

        // Everything that is not a batch lives in this one array.
        var frame = new byte[WalFormat.HeaderLength + (SegmentFrameLength * slices.Count) + directoryLength + WalFormat.TrailerLength];
        var unused = frame.AsMemory();
        Memory<byte> Take(int length)
        {
            var taken = unused[..length];
            unused = unused[length..];
            return taken;
        }

        var body = new SequenceBuilder();
        var header = Take(WalFormat.HeaderLength);
        WriteHeader(header.Span, session, sequence, createdAtMs);
        body.Append(header);
        var entries = new WalDirectoryEntry[slices.Count];
        for (var i = 0; i < entries.Length; i++)
        {
            var slice = slices[i];
            var segmentHeader = Take(SegmentFormat.HeaderLength);
            var segmentFooter = Take(SegmentFormat.FooterLength);
            SegmentWriter.WriteHeader(segmentHeader.Span, slice.BaseOffset, slice.RecordCount, createdAtMs);
            SegmentWriter.WriteFooter(segmentFooter.Span, slice.BatchesCrc, slice.LastOffset);
            entries[i] = EntryOf(slice, body.Length, CrcOf(segmentHeader.Span, slice, segmentFooter.Span));
            body.Append(segmentHeader);
            body.Append(slice.Batches);
            body.Append(segmentFooter);
        }

        WriteDirectoryAndTrailer(unused.Span, directoryLength, session, sequence, createdAtMs, entries);
        body.Append(unused);
        return new WalObject(body.ToSequence(), entries);
    }

    private static int CheckAndMeasure(IReadOnlyList<WalSlice> slices)
    {
        if (slices.Count == 0)
            throw new ArgumentException("A WAL object has at least one slice.", nameof(slices));
        long length = WalFormat.DirectoryHeaderLength;
        foreach (var slice in slices)
        {
            TopicName.Validate(slice.TopicName);
            ArgumentOutOfRangeException.ThrowIfNegative(slice.Partition);
            SegmentWriter.CheckNumbers(slice.BaseOffset, slice.LastOffset, slice.RecordCount, slice.Batches.Length);
            length += WalFormat.EntryFixedLength + slice.TopicName.Length + ((long)WalFormat.ProducerBatchLength * slice.ProducerBatches.Count);
        }

        return length <= WalFormat.MaxDirectoryLength
            ? (int)length
            : throw new ArgumentException($"The directory of {slices.Count} slices would have {length} bytes.", nameof(slices));
    }

    private static uint CrcOf(ReadOnlySpan<byte> segmentHeader, WalSlice slice, ReadOnlySpan<byte> segmentFooter)
    {
        var crc = Crc32C.Combine(Crc32C.Compute(segmentHeader), slice.BatchesCrc, slice.Batches.Length);
        return Crc32C.Append(crc, segmentFooter);
    }

    private static WalDirectoryEntry EntryOf(WalSlice slice, long position, uint crc) => new()
    {
        TopicId = slice.TopicId,
        TopicName = slice.TopicName,
        Partition = slice.Partition,
        LeaderEpoch = slice.LeaderEpoch,
        BaseOffset = slice.BaseOffset,
        LastOffset = slice.LastOffset,
        RecordCount = slice.RecordCount,
        Position = position,
        Length = (int)slice.Batches.Length + SegmentFrameLength,
        Crc = crc,
        MaxTimestampMs = slice.MaxTimestampMs,
        ProducerBatches = slice.ProducerBatches,
    };

    private static void WriteHeader(Span<byte> destination, long session, long sequence, long createdAtMs)
    {
        var writer = new BigEndianWriter(destination);
        writer.WriteUInt32(WalFormat.Magic);
        writer.WriteUInt16(WalFormat.Version);
        writer.WriteUInt16(0);
        writer.WriteInt64(session);
        writer.WriteInt64(sequence);
        writer.WriteInt64(createdAtMs);
    }

    private static void WriteDirectoryAndTrailer(
        Span<byte> destination, int directoryLength, long session, long sequence, long createdAtMs, WalDirectoryEntry[] entries)
    {
        var writer = new BigEndianWriter(destination);
        writer.WriteInt64(session);
        writer.WriteInt64(sequence);
        writer.WriteInt64(createdAtMs);
        writer.WriteInt32(entries.Length);
        foreach (var entry in entries)
            WriteEntry(ref writer, entry);
        var crc = Crc32C.Compute(destination[..directoryLength]);
        writer.WriteInt32(directoryLength);
        writer.WriteUInt32(crc);
        writer.WriteUInt32(WalFormat.ClosingMagic);
    }

    private static void WriteEntry(ref BigEndianWriter writer, WalDirectoryEntry entry)
    {
        writer.WriteInt32(
            WalFormat.EntryFixedLength - sizeof(int) + entry.TopicName.Length + (WalFormat.ProducerBatchLength * entry.ProducerBatches.Count));
        writer.WriteGuid(entry.TopicId);
        writer.WriteShortText(entry.TopicName);
        writer.WriteInt32(entry.Partition);
        writer.WriteInt32(entry.LeaderEpoch);
        writer.WriteInt64(entry.BaseOffset);
        writer.WriteInt64(entry.LastOffset);
        writer.WriteInt32(entry.RecordCount);
        writer.WriteInt64(entry.Position);
        writer.WriteInt32(entry.Length);
        writer.WriteUInt32(entry.Crc);
        writer.WriteInt64(entry.MaxTimestampMs);
        writer.WriteInt32(entry.ProducerBatches.Count);
        foreach (var batch in entry.ProducerBatches)
        {
            writer.WriteInt64(batch.ProducerId);
            writer.WriteInt16(batch.ProducerEpoch);
            writer.WriteInt32(batch.BaseSequence);
            writer.WriteInt32(batch.LastSequence);
            writer.WriteInt64(batch.BaseOffset);
            writer.WriteInt64(batch.LastOffset);
            writer.WriteInt64(batch.AppendedAtMs);
        }
    }
}
