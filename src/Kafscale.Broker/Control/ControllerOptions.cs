namespace Kafscale.Broker.Control;

/// <summary>How the controller works.</summary>
internal sealed record ControllerOptions
{
    /// <summary>How often brokers tell how much their partitions are read, and how often loads are measured.</summary>
    public TimeSpan LoadInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often leaders may change places because of loads (Kafka's leader.imbalance.check.interval.seconds).</summary>
    public TimeSpan RebalanceInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A broker whose object store has been unavailable for so long lets others lead, where they have it.</summary>
    public TimeSpan StoreLossPatience { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>It leads again once the store has been healthy for so long.</summary>
    public TimeSpan StoreRecoveryPatience { get; init; } = TimeSpan.FromSeconds(30);
}
