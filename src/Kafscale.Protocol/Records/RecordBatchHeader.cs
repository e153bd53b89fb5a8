using System.Buffers;
using System.Buffers.Binary;

namespace Kafscale.Protocol.Records;

/// <summary>
/// The 61 bytes in front of a batch's records (magic 2, KIP-98). All integers are big-endian. The fields are as read;
/// only <see cref="BatchLength"/> has been checked.
/// </summary>
public readonly struct RecordBatchHeader
{
    public const int BaseOffsetPosition = 0;
    public const int BatchLengthPosition = 8;
    public const int PartitionLeaderEpochPosition = 12;
    public const int MagicPosition = 16;
    public const int CrcPosition = 17;
    public const int AttributesPosition = 21;
    public const int LastOffsetDeltaPosition = 23;
    public const int BaseTimestampPosition = 27;
    public const int MaxTimestampPosition = 35;
    public const int ProducerIdPosition = 43;
    public const int ProducerEpochPosition = 51;
    public const int BaseSequencePosition = 53;
    public const int RecordCountPosition = 57;

    /// <summary>Size of the header in bytes; the records follow.</summary>
    public const int Size = 61;

    /// <summary>Size of what <see cref="BatchLength"/> does not count: base offset and the length itself.</summary>
    public const int LengthOverhead = 12;

    /// <summary>Position of the first byte that the batch's checksum covers.</summary>
    public const int CrcCoverageStart = AttributesPosition;

    /// <summary>The only format of batches that brokers take and give; 0 and 1 are the message sets before Kafka 0.11.</summary>
    public const byte CurrentMagic = 2;

    /// <summary>The producer id of a producer that is neither idempotent nor transactional.</summary>
    public const long NoProducerId = -1;
    public const short NoProducerEpoch = -1;
    public const int NoSequence = -1;
    public const long NoTimestamp = -1;

    /// <summary>The leader epoch in a batch on its way from a producer.</summary>
    public const int NoPartitionLeaderEpoch = -1;

    internal const short CompressionMask = 0x07;
    internal const short LogAppendTimeFlag = 0x08;
    internal const short TransactionalFlag = 0x10;
    internal const short ControlFlag = 0x20;
    internal const short DeleteHorizonFlag = 0x40;

    private RecordBatchHeader(ReadOnlySpan<byte> header)
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(header[BaseOffsetPosition..]);
        BatchLength = BinaryPrimitives.ReadInt32BigEndian(header[BatchLengthPosition..]);
        PartitionLeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(header[PartitionLeaderEpochPosition..]);
        Magic = header[MagicPosition];
        Crc = BinaryPrimitives.ReadUInt32BigEndian(header[CrcPosition..]);
        Attributes = BinaryPrimitives.ReadInt16BigEndian(header[AttributesPosition..]);
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(header[LastOffsetDeltaPosition..]);
        BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(header[BaseTimestampPosition..]);
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(header[MaxTimestampPosition..]);
        ProducerId = BinaryPrimitives.ReadInt64BigEndian(header[ProducerIdPosition..]);
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(header[ProducerEpochPosition..]);
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(header[BaseSequencePosition..]);
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(header[RecordCountPosition..]);
    }

    /// <summary>Offset of the first record. Outside the checksum: the leader assigns it.</summary>
    public long BaseOffset { get; }

    /// <summary>Bytes after the length field itself, at least 49. See <see cref="TotalLength"/>.</summary>
    public int BatchLength { get; }

    /// <summary>Outside the checksum: the leader sets it.</summary>
    public int PartitionLeaderEpoch { get; }

    public byte Magic { get; }

    /// <summary>CRC-32C of everything from <see cref="Attributes"/> to the end of the batch.</summary>
    public uint Crc { get; }

    public short Attributes { get; }

    /// <summary>Offset of the last record minus <see cref="BaseOffset"/>; survives compaction, unlike the record count.</summary>
    public int LastOffsetDelta { get; }

    /// <summary>Milliseconds; what the records' timestamp deltas count from, or the delete horizon (KIP-534).</summary>
    public long BaseTimestamp { get; }

    /// <summary>Milliseconds; the largest timestamp of the records, or -1.</summary>
    public long MaxTimestamp { get; }

    public long ProducerId { get; }

    public short ProducerEpoch { get; }

    public int BaseSequence { get; }

    public int RecordCount { get; }

    /// <summary>Size of the whole batch in bytes, header included.</summary>
    public int TotalLength => LengthOverhead + BatchLength;

    /// <summary>Size of the (compressed) records after the header in bytes.</summary>
    public int RecordsLength => TotalLength - Size;

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>The offset of the record after this batch's last.</summary>
    public long NextOffset => LastOffset + 1;

    /// <summary>May be a value that <see cref="CompressionType"/> does not define (5 to 7).</summary>
    public CompressionType CompressionType => (CompressionType)(Attributes & CompressionMask);

    public TimestampType TimestampType =>
        (Attributes & LogAppendTimeFlag) == 0 ? TimestampType.CreateTime : TimestampType.LogAppendTime;

    public bool IsTransactional => (Attributes & TransactionalFlag) != 0;

    /// <summary>Whether the records are transaction markers, which only brokers write.</summary>
    public bool IsControl => (Attributes & ControlFlag) != 0;

    /// <summary>Whether <see cref="BaseTimestamp"/> is the time at which tombstones may go (KIP-534).</summary>
    public bool HasDeleteHorizon => (Attributes & DeleteHorizonFlag) != 0;

    public bool HasProducerId => ProducerId > NoProducerId;

    /// <summary>Sequence number of the last record; after 2^31-1 comes 0. -1 where there are no sequence numbers.</summary>
    public int LastSequence =>
        BaseSequence == NoSequence ? NoSequence : IncrementSequence(BaseSequence, LastOffsetDelta);

    /// <summary>The sequence number <paramref name="increment"/> records later; after 2^31-1 comes 0.</summary>
    public static int IncrementSequence(int sequence, int increment) =>
        (int)(((long)sequence + increment) & int.MaxValue);

    /// <summary>
    /// Reads a header from the start of <paramref name="bytes"/>. False where they are fewer than 61, or the length
    /// field is below what a header needs or above 2 GiB. The magic is left to the caller: batches before magic 2
    /// have it at the same place and everything after it elsewhere.
    /// </summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out RecordBatchHeader header)
    {
        if (bytes.Length < Size)
        {
            header = default;
            return false;
        }

        header = new RecordBatchHeader(bytes[..Size]);
        return header.BatchLength is >= Size - LengthOverhead and <= int.MaxValue - LengthOverhead;
    }

    /// <inheritdoc cref="TryRead(ReadOnlySpan{byte}, out RecordBatchHeader)"/>
    public static bool TryRead(in ReadOnlySequence<byte> bytes, out RecordBatchHeader header)
    {
        ReadOnlySpan<byte> first = bytes.FirstSpan;
        if (first.Length >= Size || bytes.Length < Size)
            return TryRead(first, out header);

        Span<byte> copy = stackalloc byte[Size];
        bytes.Slice(0, Size).CopyTo(copy);
        return TryRead(copy, out header);
    }

    /// <summary>
    /// Gives a batch its place in the log: writes the two fields that lie outside the checksum.
    /// <paramref name="batch"/> is the batch or at least its first 16 bytes.
    /// </summary>
    public static void Stamp(Span<byte> batch, long baseOffset, int partitionLeaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch[BaseOffsetPosition..], baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[PartitionLeaderEpochPosition..], partitionLeaderEpoch);
    }

    /// <summary>
    /// Sets max timestamp and timestamp type of a batch whose checksum is right, and corrects the checksum without
    /// reading the records. <paramref name="batch"/> is the batch or at least its header.
    /// </summary>
    /// <param name="timestampType">LogAppendTime makes <paramref name="maxTimestamp"/> the timestamp of every record.</param>
    /// <param name="maxTimestamp">Milliseconds.</param>
    public static void StampTimestamp(Span<byte> batch, TimestampType timestampType, long maxTimestamp)
    {
        Span<byte> coveredHeader = batch[CrcCoverageStart..Size];
        uint headerCrcBefore = Crc32C.Compute(coveredHeader);

        short attributes = BinaryPrimitives.ReadInt16BigEndian(batch[AttributesPosition..]);
        attributes = timestampType == TimestampType.LogAppendTime
            ? (short)(attributes | LogAppendTimeFlag)
            : (short)(attributes & ~LogAppendTimeFlag);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesPosition..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampPosition..], maxTimestamp);

        // A checksum is linear in the bytes, so what the header's checksum changes by, shifted over the records, is
        // what the batch's checksum changes by.
        uint headerCrcChange = headerCrcBefore ^ Crc32C.Compute(coveredHeader);
        int recordsLength = BinaryPrimitives.ReadInt32BigEndian(batch[BatchLengthPosition..]) + LengthOverhead - Size;
        uint crc = BinaryPrimitives.ReadUInt32BigEndian(batch[CrcPosition..]);
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcPosition..], Crc32C.Combine(headerCrcChange, crc, recordsLength));
    }
}
