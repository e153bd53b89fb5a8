namespace Kafscale.Console.Administration;

/// <summary>A segment of a partition, or the slice that a WAL object has of it, as a broker tells; docs/administration.md describes it.</summary>
public sealed record LogObject(
    string State,
    string Key,
    long BaseOffset,
    long EndOffset,
    long Bytes,
    long ObjectBytes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NewestRecordAt,
    long CachedBytes)
{
    public const string Merged = "merged";
    public const string Waiting = "waiting";
    public const string Deleted = "deleted";
}
