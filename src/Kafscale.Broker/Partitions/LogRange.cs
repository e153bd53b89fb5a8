using Kafscale.Storage.Caching;

namespace Kafscale.Broker.Partitions;

/// <summary>A run of record batches in one object.</summary>
/// <param name="Region">All batches of the segment or slice that the run is part of.</param>
/// <param name="Position">Where the run begins in the object; it goes on to the end of the region.</param>
/// <param name="BaseOffset">Where the segment or slice begins.</param>
/// <param name="EndOffset">Behind the last record of the run.</param>
/// <param name="IsMerged">Whether it is in a segment, not in a slice.</param>
internal readonly record struct LogRange(ObjectRegion Region, long Position, long BaseOffset, long EndOffset, bool IsMerged)
{
    /// <summary>How many bytes of batches there are.</summary>
    public int Length => (int)(Region.End - Position);

    /// <summary>Whether a position is in this run.</summary>
    public bool Holds(in LogRange other) =>
        other.Region.Key == Region.Key && other.Position >= Position && other.Position < Region.End;
}
