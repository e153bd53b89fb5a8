namespace Kafscale.Console.Cluster;

/// <summary>A partition.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Leader">The broker that leads it; null where none does.</param>
/// <param name="Start">The first offset that can be read; null where it is not known.</param>
/// <param name="End">The offset of the next record; null where it is not known.</param>
public sealed record PartitionSummary(int Number, int? Leader, long? Start, long? End)
{
    /// <summary>How many offsets lie between.</summary>
    public long? Records => End - Start;
}
