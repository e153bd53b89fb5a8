namespace Kafscale.Storage.Manifests;

/// <summary>One segment in a partition's manifest.</summary>
/// <param name="BaseOffset">The first record's offset; with the topic and partition it gives the object's key.</param>
/// <param name="EndOffset">The offset behind the last record.</param>
/// <param name="SegmentBytes">The size of the <c>.kfs</c> object.</param>
/// <param name="IndexBytes">The size of the <c>.index</c> object.</param>
/// <param name="RecordCount">How many records it has.</param>
/// <param name="FirstTimestampMs">The base timestamp of the first batch, in Unix milliseconds, or -1.</param>
/// <param name="MaxTimestampMs">The greatest max timestamp, in Unix milliseconds, or -1.</param>
/// <param name="CreatedAtMs">When it was merged, in Unix milliseconds.</param>
public readonly record struct ManifestSegment(
    long BaseOffset,
    long EndOffset,
    long SegmentBytes,
    long IndexBytes,
    int RecordCount,
    long FirstTimestampMs,
    long MaxTimestampMs,
    long CreatedAtMs);
