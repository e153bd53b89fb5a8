using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Confluent.Kafka;

namespace Kafscale.Clients.Records;

/// <summary>Records as JSON, one in a line. What is written can be read again, byte for byte: what is no UTF-8 is in Base64.</summary>
internal static class RecordJson
{
    private const string Base64Suffix = "Base64";

    private static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a record and the end of its line.</summary>
    public static void Write(IBufferWriter<byte> output, ConsumeResult<byte[]?, byte[]?> record)
    {
        using (var json = new Utf8JsonWriter(output, WriterOptions))
        {
            var message = record.Message;
            json.WriteStartObject();
            json.WriteString("topic", record.Topic);
            json.WriteNumber("partition", record.Partition.Value);
            json.WriteNumber("offset", record.Offset.Value);
            if (message.Timestamp.Type != TimestampType.NotAvailable)
            {
                json.WriteNumber("timestamp", message.Timestamp.UnixTimestampMs);
            }

            WriteBytes(json, "key", message.Key);
            WriteBytes(json, "value", message.Value);
            if (message.Headers.Count > 0)
            {
                json.WriteStartArray("headers");
                foreach (var header in message.Headers)
                {
                    json.WriteStartObject();
                    json.WriteString("key", header.Key);
                    WriteBytes(json, "value", header.GetValueBytes());
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    /// <summary>Reads a record that is to be produced.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static OutgoingRecord Read(ReadOnlyMemory<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? ReadRecord(document.RootElement)
                : throw new FormatException("A record is a JSON object, as {\"key\": \"k\", \"value\": \"v\"}.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"That is not a record in JSON: {e.Message}");
        }
    }

    private static OutgoingRecord ReadRecord(JsonElement element)
    {
        var record = new OutgoingRecord();
        foreach (var property in element.EnumerateObject())
        {
            var value = property.Value;
            record = property.Name switch
            {
                "key" or "keyBase64" => record with { Key = ReadBytes(property) },
                "value" or "valueBase64" => record with { Value = ReadBytes(property) },
                "partition" => record with { Partition = value.TryGetInt32(out var partition) && partition >= 0 ? partition : throw Wrong(property, "a number from 0 on") },
                "timestamp" => record with { TimestampMs = value.TryGetInt64(out var timestampMs) && timestampMs >= 0 ? timestampMs : throw Wrong(property, "a number of Unix milliseconds") },
                "headers" => record with { Headers = ReadHeaders(property) },

                // Where it was read from says nothing about where it goes.
                "topic" or "offset" => record,
                _ => throw new FormatException($"\"{property.Name}\" is nothing that a record has; it has key, value, headers, partition, timestamp, keyBase64 and valueBase64."),
            };
        }

        return record;
    }

    private static List<KeyValuePair<string, byte[]?>> ReadHeaders(JsonProperty property)
    {
        var headers = new List<KeyValuePair<string, byte[]?>>();
        switch (property.Value.ValueKind)
        {
            case JsonValueKind.Object:
                headers.AddRange(property.Value.EnumerateObject().Select(header => KeyValuePair.Create(header.Name, ReadBytes(header))));
                break;
            case JsonValueKind.Array:
                foreach (var header in property.Value.EnumerateArray())
                {
                    headers.Add(KeyValuePair.Create(
                        header.TryGetProperty("key", out var key) && key.GetString() is { } name ? name : throw Wrong(property, "headers with keys"),
                        header.EnumerateObject().Where(part => part.Name is "value" or "valueBase64").Select(ReadBytes).FirstOrDefault()));
                }

                break;
            default:
                throw Wrong(property, "an array of {\"key\": ..., \"value\": ...}, or an object");
        }

        return headers;
    }

    // A value that is no string is meant to be the JSON that it is.
    private static byte[]? ReadBytes(JsonProperty property) => property.Value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when property.Name.EndsWith(Base64Suffix, StringComparison.Ordinal) =>
            property.Value.TryGetBytesFromBase64(out var bytes) ? bytes : throw Wrong(property, "Base64"),
        JsonValueKind.String => Encoding.UTF8.GetBytes(property.Value.GetString()!),
        _ => Encoding.UTF8.GetBytes(property.Value.GetRawText()),
    };

    private static FormatException Wrong(JsonProperty property, string expected) => new($"\"{property.Name}\" must be {expected}.");

    private static void WriteBytes(Utf8JsonWriter json, string name, byte[]? bytes)
    {
        if (bytes is null)
        {
            json.WriteNull(name);
        }
        else if (BytesText.IsText(bytes))
        {
            json.WriteString(name, bytes);
        }
        else
        {
            json.WriteBase64String(name + Base64Suffix, bytes);
        }
    }
}
