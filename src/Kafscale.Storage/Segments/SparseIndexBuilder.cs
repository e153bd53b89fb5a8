using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Segments;

/// <summary>Collects a segment's batches and writes its <c>.index</c> file.</summary>
/// <param name="intervalMessages">At least how many records lie from one entry to the next, from 1.</param>
public sealed class SparseIndexBuilder(int intervalMessages = SparseIndexBuilder.DefaultIntervalMessages)
{
    /// <summary>The published default.</summary>
    public const int DefaultIntervalMessages = 100;

    private readonly int _intervalMessages = intervalMessages >= 1
        ? intervalMessages
        : throw new ArgumentOutOfRangeException(nameof(intervalMessages), intervalMessages, "The interval is at least 1 message.");

    private readonly List<(long BaseOffset, int Position)> _entries = [];
    private long _messagesSinceEntry;
    private long _nextPosition = SegmentFormat.HeaderLength;

    /// <summary>Adds the segment's next batch.</summary>
    /// <exception cref="ArgumentException">The segment would reach 2 GiB.</exception>
    public void Add(in RecordBatchHeader batch) => Add(batch.BaseOffset, batch.RecordCount, batch.TotalLength);

    /// <summary>Adds whole batches, back to back.</summary>
    /// <exception cref="ArgumentException">The bytes are not whole batches, or the segment would reach 2 GiB.</exception>
    public void Add(in ReadOnlySequence<byte> batches)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out _))
            Add(header);
        if (!reader.Error.IsNone)
            throw new ArgumentException(reader.Error.Message, nameof(batches));
    }

    /// <summary>Writes what was added so far; at least one batch must have been.</summary>
    public byte[] ToArray()
    {
        if (_entries.Count == 0)
            throw new InvalidOperationException("An index has at least one entry.");
        var bytes = new byte[SparseIndex.HeaderLength + (SparseIndex.EntryLength * _entries.Count)];
        var writer = new BigEndianWriter(bytes);
        writer.WriteUInt32(SparseIndex.Magic);
        writer.WriteUInt16(SparseIndex.Version);
        writer.WriteInt32(_entries.Count);
        writer.WriteInt32(_intervalMessages);
        writer.WriteUInt16(0);
        foreach (var (baseOffset, position) in _entries)
        {
            writer.WriteInt64(baseOffset);
            writer.WriteInt32(position);
        }

        return bytes;
    }

    private void Add(long baseOffset, int recordCount, int length)
    {
        if (_nextPosition + length > SegmentFormat.MaxLength - SegmentFormat.FooterLength)
            throw new ArgumentException($"A segment with {length} more bytes would reach 2 GiB.", nameof(length));
        if (_entries.Count == 0 || _messagesSinceEntry >= _intervalMessages)
        {
            _entries.Add((baseOffset, (int)_nextPosition));
            _messagesSinceEntry = 0;
        }

        _messagesSinceEntry += recordCount;
        _nextPosition += length;
    }
}
