using System.Buffers;
using System.Buffers.Binary;
using System.IO.Hashing;
using Kafscale.Fuzzing.Inputs;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Fuzzing.Targets.Records;

/// <summary>The messages of Produce 0 to 2: the walk over a message set, unpacking, the batches that it becomes, and those as messages again.</summary>
internal sealed class MessageSetFuzzTarget : FuzzTarget, IDisposable
{
    private const int MaxDecompressedBytes = 256 * 1024;
    private const int SizePosition = sizeof(long);
    private const int CrcPosition = SizePosition + sizeof(int);
    private const int SmallestMessageBytes = CrcPosition + sizeof(int) + 10;
    private const long Now = 1_700_000_000_000;

    private static readonly RecordBatchLimits Limits = new() { MaxDecompressedBytes = MaxDecompressedBytes };

    private readonly PooledBuffer _scratch = new();
    private readonly PooledBuffer _messages = new();

    public override string Name => "message-sets";

    // What is written is not compressed.
    public override bool WritesExamplesBack => false;

    // A record of seven bytes is a message of 34.
    public override long MaxAllocatedBytes(int inputLength) => (16L * MaxDecompressedBytes) + (64 * 1024) + (64L * inputLength);

    public override void RepairChecksums(Span<byte> input)
    {
        while (input.Length >= SmallestMessageBytes)
        {
            long length = (long)BinaryPrimitives.ReadInt32BigEndian(input[SizePosition..]) + CrcPosition;
            if (length < SmallestMessageBytes || length > input.Length)
            {
                return;
            }

            Span<byte> content = input[CrcPosition..(int)length];
            BinaryPrimitives.WriteUInt32BigEndian(content, Crc32.HashToUInt32(content[sizeof(int)..]));
            input = input[(int)length..];
        }
    }

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        using var conversion = new MessageSetConversion(Limits, Now);
        if (!conversion.Convert(SplitInput.Of(input)).IsNone)
        {
            return null;
        }

        return new Converted(conversion.Batches.ToArray(), conversion.Count);
    }

    public override byte[] Write(object read)
    {
        (byte[] batches, int count) = (Converted)read;
        _messages.Clear();
        var target = new MessageSetTarget(_messages, magic: 1, maxBytes: int.MaxValue, maxFirstBytes: 0);
        Stamp(batches);
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out RecordBatchHeader header, out ReadOnlySequence<byte> batch))
        {
            RequireValid(RecordBatchValidator.Validate(batch, header, Limits with { MaxBatchBytes = int.MaxValue }));
            RequireValid(RecordBatchValidator.ValidateRecords(batch, header, Limits with { MaxDecompressedBytes = int.MaxValue }, _scratch, out _));
            RequireValid(MessageSetWriter.Write(batch, header, header.BaseOffset, target, _scratch));
        }

        RequireValid(reader.Error);
        return target.Count == count
            ? _messages.WrittenSpan.ToArray()
            : throw new WrongResultException($"{count} messages became {target.Count}.");
    }

    public void Dispose()
    {
        _scratch.Dispose();
        _messages.Dispose();
    }

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        foreach (byte magic in (byte[])[0, 1])
        {
            for (int count = 1; count < 8; count += 2)
            {
                byte[] messages = CreateMessages(random, magic, count);
                yield return messages;
                foreach (CompressionType type in (CompressionType[])[CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4])
                {
                    byte[] wrapper = MessageSetBytes.Wrapper(magic, type, messages, Now);
                    yield return wrapper;
                    yield return [.. messages, .. wrapper, .. CreateMessages(random, magic, 2)];
                }
            }
        }
    }

    private static byte[] CreateMessages(Random random, byte magic, int count) =>
    [
        .. Enumerable.Range(0, count).SelectMany(i => MessageSetBytes.Message(
            magic,
            random.Next(3) == 0 ? null : Bytes.Random(random, 6),
            random.Next(6) == 0 ? null : [.. Bytes.Random(random, 8), .. new byte[random.Next(40)]],
            Now + random.Next(1000),
            offset: i)),
    ];

    /// <summary>Gives the batches the offsets that they get in a log.</summary>
    private static void Stamp(Span<byte> batches)
    {
        long offset = 0;
        while (RecordBatchHeader.TryRead(batches, out RecordBatchHeader header))
        {
            RecordBatchHeader.Stamp(batches, offset, RecordBatchHeader.NoPartitionLeaderEpoch);
            offset += header.RecordCount;
            batches = batches[header.TotalLength..];
        }
    }

    private static void RequireValid(RecordBatchError error)
    {
        if (!error.IsNone)
        {
            throw new WrongResultException($"A batch of converted messages is not valid: {error.Message}");
        }
    }

    private sealed record Converted(byte[] Batches, int Count);
}
