using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Kafscale.Fuzzing.Inputs;
using Kafscale.Protocol.Records;

namespace Kafscale.Fuzzing.Targets.Records;

/// <summary>
/// The records of a Produce request: the walk over batches, what is checked before they are taken, the walk over records and their
/// headers, decompression with its limit, looking for a time, and stamping.
/// </summary>
internal sealed class BatchTarget : FuzzTarget, IDisposable
{
    private const int MaxDecompressedBytes = 256 * 1024;

    private static readonly RecordBatchLimits Limits = new() { MaxDecompressedBytes = MaxDecompressedBytes };

    private readonly PooledBuffer _scratch = new();

    public override string Name => "batches";

    // What is written is not compressed.
    public override bool WritesExamplesBack => false;

    public override long MaxAllocatedBytes(int inputLength) => (4L * MaxDecompressedBytes) + (64 * 1024) + (64L * inputLength);

    public override void RepairChecksums(Span<byte> input)
    {
        while (input.Length >= RecordBatchHeader.Size)
        {
            long length = (long)BinaryPrimitives.ReadInt32BigEndian(input[RecordBatchHeader.BatchLengthPosition..]) + RecordBatchHeader.LengthOverhead;
            if (length < RecordBatchHeader.Size || length > input.Length)
            {
                return;
            }

            Span<byte> batch = input[..(int)length];
            BinaryPrimitives.WriteUInt32BigEndian(batch[RecordBatchHeader.CrcPosition..], Crc32C.Compute(batch[RecordBatchHeader.CrcCoverageStart..]));
            input = input[(int)length..];
        }
    }

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        var batches = new RecordBatchReader(SplitInput.Of(input));
        bool isValid = !input.IsEmpty;
        List<byte[]>? read = null;
        while (batches.TryRead(out RecordBatchHeader header, out ReadOnlySequence<byte> batch))
        {
            Look(batch, header);
            bool isBatchValid = RecordBatchValidator.Validate(batch, header, Limits).IsNone
                && RecordBatchValidator.ValidateRecords(batch, header, Limits, _scratch, out _).IsNone;
            isValid &= isBatchValid;
            if (isBatchValid)
            {
                (read ??= []).Add(batch.ToArray());
            }
        }

        return isValid && batches.Error.IsNone ? read : null;
    }

    public override byte[] Write(object read)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (byte[] batch in (List<byte[]>)read)
        {
            output.Write(Rebuild(batch));
            RequireValidStamp(batch);
        }

        return output.WrittenSpan.ToArray();
    }

    public void Dispose() => _scratch.Dispose();

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        foreach (CompressionType compression in Enum.GetValues<CompressionType>())
        {
            for (int i = 0; i < 6; i++)
            {
                byte[] batch = ExampleBatches.Create(random, compression, 1 + (i * 3), hasProducer: i % 2 == 0);
                yield return batch;
                yield return [.. batch, .. ExampleBatches.Create(random, compression, 2)];
            }
        }
    }

    // What a log may hold that nobody has checked record by record.
    private static void Look(in ReadOnlySequence<byte> batch, in RecordBatchHeader header)
    {
        try
        {
            RecordBatchLookup.FindOffsetByTimestamp(batch, header, header.MaxTimestamp, header.BaseOffset, MaxDecompressedBytes);
            RecordBatchLookup.FindMaxTimestamp(batch, header, startOffset: 0, MaxDecompressedBytes);
        }
        catch (InvalidDataException)
        {
            // The documented answer to damage.
        }
    }

    /// <summary>The same records in a batch that is not compressed, field by field.</summary>
    private byte[] Rebuild(byte[] batch)
    {
        var sequence = new ReadOnlySequence<byte>(batch);
        RecordBatchHeader.TryRead(batch, out RecordBatchHeader header);
        RecordBatchBody.Read(sequence, header, MaxDecompressedBytes, _scratch, out ReadOnlySpan<byte> body);
        var builder = new RecordBatchBuilder
        {
            BaseOffset = header.BaseOffset,
            PartitionLeaderEpoch = header.PartitionLeaderEpoch,
            ProducerId = header.ProducerId,
            ProducerEpoch = header.ProducerEpoch,
            BaseSequence = header.BaseSequence,
            IsTransactional = header.IsTransactional,
        };
        var records = new RecordReader(body, header);
        while (records.TryRead(out Record record))
        {
            builder.Append(record.Timestamp, record.IsKeyNull ? null : record.Key.ToArray(), record.IsValueNull ? null : record.Value.ToArray(), Headers(record));
        }

        if (!records.Error.IsNone || builder.Count != header.RecordCount)
        {
            throw new WrongResultException($"{builder.Count} of {header.RecordCount} records were read: {records.Error.Message}");
        }

        return builder.Build();
    }

    private static RecordHeader[] Headers(in Record record)
    {
        var headers = new List<RecordHeader>();
        RecordHeaderReader reader = record.Headers;
        while (reader.TryRead(out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out bool isValueNull))
        {
            headers.Add(new RecordHeader(Encoding.UTF8.GetString(key), isValueNull ? null : value.ToArray()));
        }

        return headers.Count == record.HeaderCount
            ? [.. headers]
            : throw new WrongResultException($"{headers.Count} of {record.HeaderCount} headers were read.");
    }

    private static void RequireValidStamp(byte[] batch)
    {
        byte[] stamped = [.. batch];
        RecordBatchHeader.Stamp(stamped, 12345, 6);
        RecordBatchHeader.StampTimestamp(stamped, TimestampType.LogAppendTime, 1_700_000_000_000);
        RecordBatchHeader.StampTimestamp(stamped, TimestampType.CreateTime, 1_700_000_000_001);
        RecordBatchHeader.TryRead(stamped, out RecordBatchHeader header);
        RecordBatchError error = RecordBatchValidator.Validate(new ReadOnlySequence<byte>(stamped), header, Limits);
        if (error.Code == RecordBatchErrorCode.CorruptMessage)
        {
            throw new WrongResultException($"Stamping made a valid batch corrupt: {error.Message}");
        }
    }
}
