using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Loads;

/// <summary>What the batches of a load are like.</summary>
/// <param name="RecordBytes">Of the value of each record; there are no keys.</param>
/// <param name="Records">In each batch.</param>
/// <param name="Compression">Of the batch.</param>
internal sealed record BatchShape(int RecordBytes, int Records, CompressionType Compression = CompressionType.None)
{
    private const int Words = 1000;
    private const int WordBytes = 8;

    public long PayloadBytes => (long)RecordBytes * Records;

    /// <summary>A batch of different records, each of random words, which compress as text does.</summary>
    public byte[] Build(int seed)
    {
        var random = new Random(seed);
        var words = new byte[Words * WordBytes];
        random.NextBytes(words);
        var batch = new RecordBatchBuilder { CompressionType = Compression };
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        for (var i = 0; i < Records; i++)
        {
            var value = new byte[RecordBytes];
            for (var rest = value.AsSpan(); !rest.IsEmpty; rest = rest[Math.Min(WordBytes, rest.Length)..])
            {
                words.AsSpan(random.Next(Words) * WordBytes, Math.Min(WordBytes, rest.Length)).CopyTo(rest);
            }

            batch.Append(now, null, value);
        }

        return batch.Build();
    }
}
