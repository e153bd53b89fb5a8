using System.Buffers.Binary;
using Kafscale.Protocol.Records;

namespace Kafscale.Storage.Tests.Formats;

/// <summary>A record batch whose header and checksum are right; what stands for the records may be anything, as if compressed.</summary>
internal sealed record TestBatch(long BaseOffset, int RecordCount, byte[] Records)
{
    public int LeaderEpoch { get; init; } = 1;

    public long BaseTimestampMs { get; init; } = 1000;

    public long MaxTimestampMs { get; init; } = 2000;

    public long ProducerId { get; init; } = -1;

    public short ProducerEpoch { get; init; } = -1;

    public int BaseSequence { get; init; } = -1;

    public long LastOffset => BaseOffset + RecordCount - 1;

    public byte[] ToArray()
    {
        var bytes = new byte[RecordBatchHeader.Size + Records.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(0), BaseOffset);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(8), bytes.Length - 12);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(12), LeaderEpoch);
        bytes[16] = 2;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(23), RecordCount - 1);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(27), BaseTimestampMs);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(35), MaxTimestampMs);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(43), ProducerId);
        BinaryPrimitives.WriteInt16BigEndian(bytes.AsSpan(51), ProducerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(53), BaseSequence);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(57), RecordCount);
        Records.CopyTo(bytes, 61);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(17), Crc32C.Compute(bytes.AsSpan(21)));
        return bytes;
    }
}
