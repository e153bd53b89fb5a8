namespace Kafscale.Broker.Administration;

/// <summary>A segment of a partition, or the slice that a WAL object has of it.</summary>
/// <param name="State">
/// <c>merged</c>: a segment. <c>waiting</c>: a slice that waits to be merged into one. <c>deleted</c>: all of its records are below the log start, and it is
/// removed after a while.
/// </param>
/// <param name="Key">The object's key. A WAL object has slices of many partitions.</param>
/// <param name="BaseOffset">The first record's offset.</param>
/// <param name="EndOffset">Behind the last record.</param>
/// <param name="Bytes">The segment's size, or that of the slice's record batches.</param>
/// <param name="ObjectBytes">The object's size.</param>
/// <param name="CreatedAt">When the segment was merged or the slice committed.</param>
/// <param name="NewestRecordAt">The greatest timestamp of its records; <see langword="null"/> where they have none.</param>
/// <param name="CachedBytes">How much of it is in the cache of the broker that answers.</param>
public sealed record LogObject(
    string State,
    string Key,
    long BaseOffset,
    long EndOffset,
    long Bytes,
    long ObjectBytes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? NewestRecordAt,
    long CachedBytes);
