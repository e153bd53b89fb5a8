using System.Text.Json;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>What a script says in one line of its output; a line that is no JSON is what the client itself has written.</summary>
internal readonly record struct ClientEvent(string Event, JsonElement Line)
{
    public JsonElement Value => Line.GetProperty("value");

    public string? Message => Line.ValueKind == JsonValueKind.Object ? Line.GetProperty("message").GetString() : null;

    public IEnumerable<int> Partitions => Line.GetProperty("partitions").EnumerateArray().Select(partition => partition.GetInt32());

    public static ClientEvent Parse(string line)
    {
        if (!line.StartsWith('{'))
        {
            return OfOutput(line);
        }

        var element = JsonSerializer.Deserialize<JsonElement>(line);
        return element.TryGetProperty("event", out var name) ? new ClientEvent(name.GetString()!, element) : OfOutput(line);
    }

    public static ClientEvent OfOutput(string text) => new("output", JsonSerializer.SerializeToElement(new { message = text }));

    public ReceivedRecord ToRecord() => new(
        Line.GetProperty("p").GetInt32(),
        Line.GetProperty("o").GetInt64(),
        Line.GetProperty("t").GetInt64(),
        Bytes(Line.GetProperty("k")),
        Bytes(Line.GetProperty("v")),
        [.. Line.GetProperty("h").EnumerateArray().Select(header => KeyValuePair.Create(header[0].GetString()!, Bytes(header[1])))]);

    private static byte[]? Bytes(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetBytesFromBase64();
}
