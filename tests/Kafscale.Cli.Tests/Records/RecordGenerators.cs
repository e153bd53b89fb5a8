using Confluent.Kafka;
using CsCheck;
using Kafscale.Cli.Records;
using Kafscale.Clients.Records;

namespace Kafscale.Cli.Tests.Records;

/// <summary>Records of all kinds.</summary>
internal static class RecordGenerators
{
    private static readonly Gen<byte[]?> Bytes = Gen.OneOf<byte[]?>(
        Gen.Const((byte[]?)null), Gen.Byte.Array[0, 40].Select(bytes => (byte[]?)bytes), Gen.String[0, 20].Select(text => (byte[]?)System.Text.Encoding.UTF8.GetBytes(text)));

    public static Gen<OutgoingRecord> Record { get; } = Gen.Select(
        Bytes, Bytes, Gen.Int[0, 1000], Gen.Long[0, 4_000_000_000_000], Gen.Select(Gen.String[1, 10], Bytes).Array[0, 4]).Select(
        (key, value, partition, timestampMs, headers) => new OutgoingRecord
        {
            Key = key,
            Value = value,
            Partition = partition,
            TimestampMs = timestampMs,
            Headers = [.. headers.Select(header => KeyValuePair.Create(new string([.. header.Item1.Where(character => !char.IsSurrogate(character))]), header.Item2))],
        });

    public static ConsumeResult<byte[]?, byte[]?> Consumed(OutgoingRecord record)
    {
        var message = record.ToMessage();
        message.Headers ??= [];
        return new ConsumeResult<byte[]?, byte[]?>
        {
            Topic = "orders",
            Partition = record.Partition ?? 0,
            Offset = 12,
            Message = message,
        };
    }
}
