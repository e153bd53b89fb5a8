using System.Buffers;
using System.Text;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Tests.Support;

/// <summary>Batches as producers send them, and as consumers read them.</summary>
internal static class Batches
{
    public const long Timestamp = 1_700_000_000_000;

    public static byte[] Of(params string[] values) => Build(new RecordBatchBuilder(), Timestamp, values);

    public static byte[] At(long timestampMs, params string[] values) => Build(new RecordBatchBuilder(), timestampMs, values);

    public static byte[] Idempotent(long producerId, short epoch, int sequence, params string[] values) =>
        Build(new RecordBatchBuilder { ProducerId = producerId, ProducerEpoch = epoch, BaseSequence = sequence }, Timestamp, values);

    public static byte[] OfSize(int bytes) => Of(new string('x', bytes));

    public static byte[] Build(RecordBatchBuilder builder, long timestampMs, params string[] values)
    {
        foreach (var value in values)
        {
            builder.Append(timestampMs, null, Encoding.UTF8.GetBytes(value));
        }

        return builder.Build();
    }

    /// <summary>Every record of a fetched sequence; the batches must be whole and right.</summary>
    public static List<StoredRecord> Read(byte[] records)
    {
        var result = new List<StoredRecord>();
        var batches = new RecordBatchReader(records);
        while (batches.TryRead(out var header, out var batch))
        {
            AssertRight(batch, header);
            using var buffer = new PooledBuffer();
            Assert.True(RecordBatchBody.Read(batch, header, int.MaxValue, buffer, out var body).IsNone);
            var reader = new RecordReader(body, header);
            while (reader.TryRead(out var record))
            {
                result.Add(new StoredRecord(record.Offset, Encoding.UTF8.GetString(record.Value), record.Timestamp));
            }
        }

        Assert.True(batches.Error.IsNone, batches.Error.Message);
        return result;
    }

    private static void AssertRight(in ReadOnlySequence<byte> batch, in RecordBatchHeader header)
    {
        // What only producers may not do is left aside.
        var error = RecordBatchValidator.Validate(batch, header, new RecordBatchLimits { MaxBatchBytes = int.MaxValue });
        Assert.True(error.IsNone || header.TimestampType == TimestampType.LogAppendTime, error.Message);
    }
}
