namespace Kafscale.Protocol.Records;

/// <summary>Where the messages for one partition of an old consumer's fetch go, and how many of them.</summary>
/// <param name="messages">Where they go. Its owner keeps it.</param>
/// <param name="magic">0 or 1.</param>
/// <param name="maxBytes">The most bytes.</param>
/// <param name="maxFirstBytes">The most bytes of the first message, which may have more than all of them should: consumers go on by it alone.</param>
public sealed class MessageSetTarget(PooledBuffer messages, byte magic, int maxBytes, int maxFirstBytes)
{
    /// <summary>Most bytes that a batch may decompress to; a larger one cannot be written.</summary>
    public int MaxDecompressedBytes { get; init; } = new RecordBatchLimits().MaxDecompressedBytes;

    /// <summary>Whether a message has not found room; nothing is written after it.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Messages written.</summary>
    public int Count { get; private set; }

    internal void Write(scoped in Record record, TimestampType timestampType)
    {
        int limit = Count == 0 ? Math.Max(maxBytes, maxFirstBytes) : maxBytes;
        IsFull = messages.Length + MessageSetWriter.SizeOf(record, magic) > limit;
        if (IsFull)
            return;
        MessageSetWriter.Write(messages, magic, record, timestampType);
        Count++;
    }
}
