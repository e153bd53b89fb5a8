using System.Buffers;
using CsCheck;
using Kafscale.Protocol.Records;

namespace Kafscale.Protocol.Tests.Records;

public sealed class RecordBatchRoundTripTests
{
    private static readonly Gen<byte[]?> GenBytes = Gen.Frequency(
        (1, Gen.Const((byte[]?)null)), (8, Gen.Byte.Array[0, 40]!), (1, Gen.Byte.Array[0, 3000]!),
        (1, Gen.Int[0, 200_000].Select(length => (byte[]?)new byte[length])));

    private static readonly Gen<RecordHeader> GenHeader =
        Gen.Select(Gen.String[Gen.Char["abc Äß€漢"], 0, 20], GenBytes).Select((key, value) => new RecordHeader(key, value));

    private static readonly Gen<(long Timestamp, byte[]? Key, byte[]? Value, RecordHeader[] Headers)> GenRecord =
        Gen.Select(Gen.OneOf(Gen.Long[-1, 1L << 41], Gen.Long), GenBytes, GenBytes, GenHeader.Array[0, 3]);

    [Fact]
    public void What_is_built_is_read_again_with_every_compression_and_however_it_is_cut() =>
        Gen.Select(GenRecord.Array[1, 30], Gen.Enum<CompressionType>(), Gen.Long[0, 1L << 50], Gen.Double[0, 1].Array[0, 4])
            .Sample((records, compressionType, baseOffset, cuts) =>
            {
                var builder = new RecordBatchBuilder { BaseOffset = baseOffset, CompressionType = compressionType };
                foreach ((long timestamp, byte[]? key, byte[]? value, RecordHeader[] headers) in records)
                    builder.Append(timestamp, key, value, headers);
                byte[] batch = builder.Build();
                ReadOnlySequence<byte> sequence = Segments.Split(batch, [.. cuts.Select(cut => (int)(cut * batch.Length))]);
                var limits = new RecordBatchLimits { MaxBatchBytes = int.MaxValue };

                Assert.Equal(RecordBatchError.None, RecordBatchValidator.Validate(sequence, BatchBytes.Header(batch), limits));
                using var scratch = new PooledBuffer();
                Assert.Equal(
                    RecordBatchError.None,
                    RecordBatchValidator.ValidateRecords(sequence, BatchBytes.Header(batch), limits, scratch, out long maxTimestamp));
                Assert.Equal(BatchBytes.Header(batch).MaxTimestamp, Math.Max(records.Max(record => record.Timestamp), long.MinValue));
                Assert.Equal(Math.Max(-1, records.Max(record => record.Timestamp)), maxTimestamp);
                Assert.Equal(records.Select((record, i) => Describe(baseOffset + i, record)), BatchBytes.Describe(sequence));
            }, iter: 300);

    private static string Describe(long offset, (long Timestamp, byte[]? Key, byte[]? Value, RecordHeader[] Headers) record) =>
        BatchBytes.Describe(offset, record.Timestamp, BatchBytes.Text(record.Key), BatchBytes.Text(record.Value))
        + string.Concat(record.Headers.Select(header => BatchBytes.Describe(header.Key, BatchBytes.Text(header.Value))));
}
