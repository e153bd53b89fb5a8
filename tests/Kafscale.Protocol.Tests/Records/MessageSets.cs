using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

/// <summary>Message sets as producers before Kafka 0.11 send them, and as consumers of that time read them.</summary>
internal static class MessageSets
{
    public const long Now = 1_800_000_000_000;

    /// <summary>The batches that a set becomes.</summary>
    public static byte[] Convert(byte[] messageSet, RecordBatchLimits? limits = null)
    {
        using var conversion = new MessageSetConversion(limits ?? new RecordBatchLimits(), Now);
        Assert.Equal(RecordBatchError.None, conversion.Convert(new(messageSet)));
        return conversion.Batches.ToArray();
    }

    public static RecordBatchError Error(byte[] messageSet, RecordBatchLimits? limits = null)
    {
        using var conversion = new MessageSetConversion(limits ?? new RecordBatchLimits(), Now);
        return conversion.Convert(new(messageSet));
    }

    /// <summary>All batches, each as its compression and its records as text; each must be one that is taken from a producer.</summary>
    public static List<(CompressionType Compression, List<string> Records)> Describe(byte[] batches)
    {
        var described = new List<(CompressionType, List<string>)>();
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out RecordBatchHeader header, out var batch))
        {
            var limits = new RecordBatchLimits { MaxBatchBytes = int.MaxValue };
            using var scratch = new PooledBuffer();
            Assert.Equal(RecordBatchError.None, RecordBatchValidator.Validate(batch, header, limits));
            Assert.Equal(RecordBatchError.None, RecordBatchValidator.ValidateRecords(batch, header, limits, scratch, out _));
            described.Add((header.CompressionType, BatchBytes.Describe(batch)));
        }

        Assert.Equal(RecordBatchError.None, reader.Error);
        return described;
    }

    /// <summary>All messages of a set as text, none of which may be compressed.</summary>
    public static List<string> DescribeMessages(byte[] messageSet)
    {
        var described = new List<string>();
        var reader = new MessageSetReader(messageSet);
        while (reader.TryRead(out Message message))
        {
            Assert.Equal(CompressionType.None, message.CompressionType);
            described.Add(Describe(message));
        }

        Assert.Equal(RecordBatchError.None, reader.Error);
        return described;
    }

    public static string Describe(in Message message) => BatchBytes.Describe(
        message.Offset,
        message.Timestamp,
        BatchBytes.Text(message.IsKeyNull ? null : message.Key.ToArray()),
        BatchBytes.Text(message.IsValueNull ? null : message.Value.ToArray()))
        + (message.TimestampType == TimestampType.LogAppendTime ? " appended" : "");
}
