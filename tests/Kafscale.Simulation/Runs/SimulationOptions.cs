using Kafscale.Simulation.Defects;

namespace Kafscale.Simulation.Runs;

/// <summary>What to simulate.</summary>
internal sealed record SimulationOptions
{
    /// <summary>Everything that is random follows from it.</summary>
    public required int Seed { get; init; }

    /// <summary>For how long clients are at work, in virtual time.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether anything goes wrong.</summary>
    public bool HasFaults { get; init; } = true;

    /// <summary>What is done wrong on purpose.</summary>
    public Defect Defect { get; init; } = Defect.None;

    public int Brokers { get; init; } = 3;

    public int Partitions { get; init; } = 6;

    /// <summary>Idempotent producers of the topic that stays.</summary>
    public int Producers { get; init; } = 2;

    /// <summary>Consumers without a group.</summary>
    public int Consumers { get; init; } = 3;
}
