using Kafscale.Protocol.Records;

namespace Kafscale.Fuzzing.Targets.Records;

/// <summary>Decompression with its limit. The prefix is the compression type.</summary>
internal sealed class CodecTarget : FuzzTarget, IDisposable
{
    private const int MaxDecompressedBytes = 256 * 1024;

    private readonly PooledBuffer _scratch = new();

    public override string Name => "codecs";

    public override int PrefixLength => 1;

    // Others may compress the same in another way.
    public override bool WritesExamplesBack => false;

    public override long MaxAllocatedBytes(int inputLength) => (4L * MaxDecompressedBytes) + (64 * 1024) + (64L * inputLength);

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            return null;
        }

        _scratch.Clear();
        var type = (CompressionType)input.Span[0];
        if (!CompressionCodec.Decompress(type, input.Span[1..], MaxDecompressedBytes, _scratch).IsNone)
        {
            return null;
        }

        return _scratch.Length <= MaxDecompressedBytes
            ? new Decompressed(type, _scratch.WrittenSpan.ToArray())
            : throw new WrongResultException($"{_scratch.Length} bytes came out.");
    }

    public override byte[] Write(object read)
    {
        (CompressionType type, byte[] content) = (Decompressed)read;
        using var compressed = new PooledBuffer();
        CompressionCodec.Compress(type, content, compressed);
        byte[] written = [(byte)type, .. compressed.WrittenSpan];
        Bytes.RequireEqual(content, ((Decompressed?)Read(written))?.Content, "Compressed and decompressed");
        return written;
    }

    public void Dispose() => _scratch.Dispose();

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        foreach (CompressionType type in Enum.GetValues<CompressionType>())
        {
            foreach (int length in (int[])[0, 1, 20, 300, 5000])
            {
                byte[] content = new byte[length];
                random.NextBytes(content.AsSpan(0, length / 4));
                using var compressed = new PooledBuffer();
                CompressionCodec.Compress(type, content, compressed);
                yield return [(byte)type, .. compressed.WrittenSpan];
            }
        }
    }

    private sealed record Decompressed(CompressionType Type, byte[] Content);
}
