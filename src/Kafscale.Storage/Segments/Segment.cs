using System.Buffers;

namespace Kafscale.Storage.Segments;

/// <summary>A verified segment. Its batches are the memory that was read, not a copy.</summary>
public sealed class Segment
{
    /// <summary>The first record's offset.</summary>
    public required long BaseOffset { get; init; }

    /// <summary>The last record's offset.</summary>
    public required long LastOffset { get; init; }

    /// <summary>The sum of the batches' record counts.</summary>
    public required int RecordCount { get; init; }

    /// <summary>When the segment was written, in Unix milliseconds.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>The base timestamp of the first batch, in Unix milliseconds, or -1.</summary>
    public required long FirstTimestampMs { get; init; }

    /// <summary>The greatest max timestamp of the batches, in Unix milliseconds, or -1.</summary>
    public required long MaxTimestampMs { get; init; }

    /// <summary>The record batches, back to back.</summary>
    public required ReadOnlySequence<byte> Batches { get; init; }

    /// <summary>CRC-32C of <see cref="Batches"/>.</summary>
    public required uint BatchesCrc { get; init; }
}
