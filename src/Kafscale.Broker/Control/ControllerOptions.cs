namespace Kafscale.Broker.Control;

/// <summary>How the controller works.</summary>
internal sealed record ControllerOptions
{
    /// <summary>How often brokers tell how much their partitions are read, and how often loads are measured.</summary>
    public TimeSpan LoadInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often leaders may change places because of loads (Kafka's leader.imbalance.check.interval.seconds).</summary>
    public TimeSpan RebalanceInterval { get; init; } = TimeSpan.FromMinutes(5);
}
