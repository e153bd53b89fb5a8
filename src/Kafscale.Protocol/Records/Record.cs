namespace Kafscale.Protocol.Records;

/// <summary>A record inside a batch (magic 2); key, value and headers point into the batch's bytes.</summary>
public readonly ref struct Record
{
    internal Record(
        int offsetDelta,
        long offset,
        long timestamp,
        ReadOnlySpan<byte> key,
        bool isKeyNull,
        ReadOnlySpan<byte> value,
        bool isValueNull,
        ReadOnlySpan<byte> headers,
        int headerCount)
    {
        OffsetDelta = offsetDelta;
        Offset = offset;
        Timestamp = timestamp;
        Key = key;
        IsKeyNull = isKeyNull;
        Value = value;
        IsValueNull = isValueNull;
        HeaderBytes = headers;
        HeaderCount = headerCount;
    }

    /// <summary>Offset minus the batch's base offset.</summary>
    public int OffsetDelta { get; }

    public long Offset { get; }

    /// <summary>Milliseconds, or -1. In a batch with LogAppendTime, the batch's max timestamp.</summary>
    public long Timestamp { get; }

    /// <summary>Empty where the key is null.</summary>
    public ReadOnlySpan<byte> Key { get; }

    public bool IsKeyNull { get; }

    /// <summary>Empty where the value is null.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether there is no value: in a compacted topic, a tombstone.</summary>
    public bool IsValueNull { get; }

    public int HeaderCount { get; }

    public RecordHeaderReader Headers => new(HeaderBytes, HeaderCount);

    private ReadOnlySpan<byte> HeaderBytes { get; }
}
