using Kafscale.Protocol.Records;

namespace Kafscale.Fuzzing.Targets.Records;

/// <summary>Record batches as producers make them.</summary>
internal static class ExampleBatches
{
    public static byte[] Create(Random random, CompressionType compression, int recordCount, long baseOffset = 0, bool hasProducer = false)
    {
        var builder = new RecordBatchBuilder
        {
            CompressionType = compression,
            BaseOffset = baseOffset,
            ProducerId = hasProducer ? 7 : RecordBatchHeader.NoProducerId,
            ProducerEpoch = hasProducer ? (short)1 : RecordBatchHeader.NoProducerEpoch,
            BaseSequence = hasProducer ? random.Next(100) : RecordBatchHeader.NoSequence,
        };
        for (int i = 0; i < recordCount; i++)
        {
            byte[]? key = random.Next(3) == 0 ? null : Bytes.Random(random, 6);
            byte[]? value = random.Next(6) == 0 ? null : [.. Bytes.Random(random, 8), .. new byte[random.Next(40)]];
            RecordHeader[] headers = random.Next(3) == 0 ? [new RecordHeader("h", Bytes.Random(random, 4)), new RecordHeader("", null)] : [];
            builder.Append(1_700_000_000_000 + random.Next(1000), key, value, headers);
        }

        return builder.Build();
    }
}
