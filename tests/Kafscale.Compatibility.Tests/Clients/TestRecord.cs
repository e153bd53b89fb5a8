using System.Text;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A record to be produced.</summary>
internal sealed record TestRecord(
    int Partition,
    byte[]? Key,
    byte[]? Value,
    IReadOnlyList<KeyValuePair<string, byte[]?>> Headers,
    long? TimestampMs = null)
{
    public static TestRecord Of(int partition, string? key, string? value, params (string Key, string? Value)[] headers) => new(
        partition,
        Bytes(key),
        Bytes(value),
        [.. headers.Select(header => KeyValuePair.Create(header.Key, Bytes(header.Value)))]);

    /// <summary>What must come back as it was sent; offsets and, where the client gives none, timestamps are the broker's.</summary>
    public string Content => ContentOf(Key, Value, Headers);

    public static string ContentOf(byte[]? key, byte[]? value, IReadOnlyList<KeyValuePair<string, byte[]?>> headers) =>
        $"{Show(key)} = {Show(value)} [{string.Join(", ", headers.Select(header => $"{header.Key}: {Show(header.Value)}"))}]";

    private static byte[]? Bytes(string? text) => text is null ? null : Encoding.UTF8.GetBytes(text);

    private static string Show(byte[]? bytes) => bytes switch
    {
        null => "null",
        { Length: > 1000 } => $"{bytes.Length} bytes, SHA-256 {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes))}",
        _ => $"'{Encoding.UTF8.GetString(bytes)}'",
    };
}
