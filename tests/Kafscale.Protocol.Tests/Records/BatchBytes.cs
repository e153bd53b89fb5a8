using System.Buffers;
using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Record = Kafscale.Protocol.Records.Record;

namespace Kafscale.Protocol.Tests.Records;

/// <summary>Batches that are wrong in exactly one way.</summary>
internal static class BatchBytes
{
    public static readonly CompressionType[] AllCompressionTypes = Enum.GetValues<CompressionType>();

    public static byte[] Simple(CompressionType compressionType = CompressionType.None, int count = 3)
    {
        var builder = new RecordBatchBuilder { CompressionType = compressionType };
        for (int i = 0; i < count; i++)
            builder.Append(1_700_000_000_000 + i, [1, (byte)i], [2, (byte)i, 3], new RecordHeader("header", [(byte)i]));
        return builder.Build();
    }

    /// <summary>A batch without compression around bytes that need not be records.</summary>
    public static byte[] Around(ReadOnlySpan<byte> body, int recordCount, CompressionType compressionType = CompressionType.None)
    {
        byte[] batch = [.. Simple().AsSpan(0, RecordBatchHeader.Size), .. body];
        BinaryPrimitives.WriteInt32BigEndian(
            batch.AsSpan(RecordBatchHeader.BatchLengthPosition), batch.Length - RecordBatchHeader.LengthOverhead);
        return With(batch, RecordBatchHeader.RecordCountPosition, recordCount)
            .With(RecordBatchHeader.LastOffsetDeltaPosition, recordCount - 1)
            .With(RecordBatchHeader.AttributesPosition, (short)compressionType);
    }

    public static byte[] With(this byte[] batch, int position, byte value) =>
        Changed(batch, span => span[position] = value);

    public static byte[] With(this byte[] batch, int position, short value) =>
        Changed(batch, span => BinaryPrimitives.WriteInt16BigEndian(span[position..], value));

    public static byte[] With(this byte[] batch, int position, int value) =>
        Changed(batch, span => BinaryPrimitives.WriteInt32BigEndian(span[position..], value));

    public static byte[] With(this byte[] batch, int position, long value) =>
        Changed(batch, span => BinaryPrimitives.WriteInt64BigEndian(span[position..], value));

    public static RecordBatchHeader Header(ReadOnlySpan<byte> batch)
    {
        Assert.True(RecordBatchHeader.TryRead(batch, out RecordBatchHeader header));
        return header;
    }

    public static bool HasRightCrc(ReadOnlySpan<byte> batch) =>
        Header(batch).Crc == Crc32C.Compute(batch[RecordBatchHeader.CrcCoverageStart..]);

    public static RecordBatchError Validate(byte[] batch, RecordBatchLimits? limits = null) =>
        RecordBatchValidator.Validate(new ReadOnlySequence<byte>(batch), Header(batch), limits ?? new RecordBatchLimits());

    public static RecordBatchError ValidateRecords(byte[] batch, RecordBatchLimits? limits = null)
    {
        using var scratch = new PooledBuffer();
        return RecordBatchValidator.ValidateRecords(
            new ReadOnlySequence<byte>(batch), Header(batch), limits ?? new RecordBatchLimits(), scratch, out _);
    }

    /// <summary>Key, value and the rest of every record as text, after checking that the batch is whole.</summary>
    public static List<string> Describe(in ReadOnlySequence<byte> batch)
    {
        Assert.True(RecordBatchHeader.TryRead(batch, out RecordBatchHeader header));
        using var buffer = new PooledBuffer();
        Assert.Equal(
            RecordBatchError.None, RecordBatchBody.Read(batch, header, int.MaxValue, buffer, out ReadOnlySpan<byte> body));
        List<string> descriptions = [];
        var records = new RecordReader(body, header);
        while (records.TryRead(out Record record))
        {
            string key = Text(record.Key, record.IsKeyNull);
            string description = Describe(record.Offset, record.Timestamp, key, Text(record.Value, record.IsValueNull));
            RecordHeaderReader headers = record.Headers;
            while (headers.TryRead(out ReadOnlySpan<byte> headerKey, out ReadOnlySpan<byte> headerValue, out bool isNull))
                description += Describe(System.Text.Encoding.UTF8.GetString(headerKey), Text(headerValue, isNull));
            descriptions.Add(description);
        }

        Assert.Equal(RecordBatchError.None, records.Error);
        return descriptions;
    }

    public static string Describe(long offset, long timestamp, string key, string value) => $"{offset}@{timestamp} {key}={value}";

    public static string Describe(string headerKey, string headerValue) => $" [{headerKey}={headerValue}]";

    public static string Text(byte[]? bytes) => Text(bytes, bytes is null);

    private static string Text(ReadOnlySpan<byte> bytes, bool isNull) => isNull ? "null" : Convert.ToHexString(bytes);

    private delegate void Change(Span<byte> batch);

    private static byte[] Changed(byte[] batch, Change change)
    {
        byte[] copy = [.. batch];
        change(copy);
        BinaryPrimitives.WriteUInt32BigEndian(
            copy.AsSpan(RecordBatchHeader.CrcPosition), Crc32C.Compute(copy.AsSpan(RecordBatchHeader.CrcCoverageStart)));
        return copy;
    }
}
