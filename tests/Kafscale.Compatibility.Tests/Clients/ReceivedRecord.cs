namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A record that a client has read.</summary>
internal sealed record ReceivedRecord(
    int Partition,
    long Offset,
    long TimestampMs,
    byte[]? Key,
    byte[]? Value,
    IReadOnlyList<KeyValuePair<string, byte[]?>> Headers)
{
    public string Content => TestRecord.ContentOf(Key, Value, Headers);
}
