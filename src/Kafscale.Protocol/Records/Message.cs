namespace Kafscale.Protocol.Records;

/// <summary>
/// A message of a message set (magic 0 and 1, before Kafka 0.11); key and value point into the set's bytes. Its checksum is right
/// and its lengths are.
/// </summary>
public readonly ref struct Message
{
    internal Message(
        long offset,
        byte magic,
        byte attributes,
        long timestamp,
        ReadOnlySpan<byte> key,
        bool isKeyNull,
        ReadOnlySpan<byte> value,
        bool isValueNull)
    {
        Offset = offset;
        Magic = magic;
        Attributes = attributes;
        Timestamp = timestamp;
        Key = key;
        IsKeyNull = isKeyNull;
        Value = value;
        IsValueNull = isValueNull;
    }

    /// <summary>Means nothing on the way to a broker; of a compressed message in the log, that of the last one in it.</summary>
    public long Offset { get; }

    /// <summary>0 or 1.</summary>
    public byte Magic { get; }

    /// <summary>Milliseconds, or -1; magic 0 has none.</summary>
    public long Timestamp { get; }

    /// <summary>How <see cref="Value"/> is compressed, which is a message set then. May be a value that the type does not define.</summary>
    public CompressionType CompressionType => (CompressionType)(Attributes & RecordBatchHeader.CompressionMask);

    public TimestampType TimestampType => Magic > 0 && (Attributes & RecordBatchHeader.LogAppendTimeFlag) != 0
        ? TimestampType.LogAppendTime
        : TimestampType.CreateTime;

    /// <summary>Empty where the key is null.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public bool IsKeyNull { get; }

    /// <summary>Empty where the value is null.</summary>
    public ReadOnlySpan<byte> Value { get; }

    public bool IsValueNull { get; }

    private byte Attributes { get; }
}
