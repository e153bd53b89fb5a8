namespace Kafscale.Protocol.Records;

/// <summary>What a topic's configuration says about the batches that it takes.</summary>
public readonly record struct RecordBatchLimits
{
    public RecordBatchLimits()
    {
    }

    /// <summary>Largest batch, header included, as sent (max.message.bytes).</summary>
    public int MaxBatchBytes { get; init; } = 1_048_588;

    /// <summary>
    /// Largest size of a batch's records when decompressed. Kafka has no such limit; without one, a batch of 1 MiB may
    /// stand for gigabytes.
    /// </summary>
    public int MaxDecompressedBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Whether every record needs a key, as in compacted topics. Only checked where the records are walked.</summary>
    public bool RequireKeys { get; init; }
}
