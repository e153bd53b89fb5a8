namespace Kafscale.Bench.Costs;

/// <summary>What a broker with so many partitions has asked of its object store.</summary>
internal sealed record CostRow
{
    private const double BytesPerGib = 1024.0 * 1024 * 1024;

    public required int Partitions { get; init; }

    public required long ProducedBytes { get; init; }

    public required long Flushes { get; init; }

    /// <summary>In an hour before anything was produced.</summary>
    public required RequestCounts FreshIdleHour { get; init; }

    /// <summary>For what was produced, until it was merged and what it was merged from was collected.</summary>
    public required RequestCounts Load { get; init; }

    /// <summary>For consumers that read what was just produced.</summary>
    public required RequestCounts Tail { get; init; }

    /// <summary>In an hour after everything was merged and collected.</summary>
    public required RequestCounts IdleHour { get; init; }

    public required long ConsumedBytes { get; init; }

    /// <summary>For one reader of what was merged.</summary>
    public required RequestCounts CatchUp { get; init; }

    public double ProducedGib => ProducedBytes / BytesPerGib;

    public double ConsumedGib => ConsumedBytes / BytesPerGib;
}
