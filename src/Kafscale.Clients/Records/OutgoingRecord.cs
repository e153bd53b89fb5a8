using Confluent.Kafka;

namespace Kafscale.Clients.Records;

/// <summary>A record that is to be produced. What is null is left to the producer.</summary>
internal sealed record OutgoingRecord
{
    public byte[]? Key { get; init; }

    /// <summary>Null: a tombstone.</summary>
    public byte[]? Value { get; init; }

    public int? Partition { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long? TimestampMs { get; init; }

    public IReadOnlyList<KeyValuePair<string, byte[]?>> Headers { get; init; } = [];

    public Message<byte[]?, byte[]?> ToMessage()
    {
        var message = new Message<byte[]?, byte[]?> { Key = Key, Value = Value };
        if (TimestampMs is { } timestampMs)
        {
            message.Timestamp = new Timestamp(timestampMs, TimestampType.CreateTime);
        }

        if (Headers.Count > 0)
        {
            message.Headers = [];
            foreach (var (key, value) in Headers)
            {
                message.Headers.Add(key, value);
            }
        }

        return message;
    }
}
