using Kafscale.Broker.Partitions;

namespace Kafscale.Simulation.Defects;

/// <summary>What goes wrong inside of brokers, where no store could do it for them.</summary>
internal static class BrokerDefects
{
    public static IReadOnlyList<Defect> All { get; } =
    [
        new(PlantedDefects.RollBackForgottenName, "Offsets that were given to records which could not be committed are not given out again.") { IsInBroker = true },
        new(PlantedDefects.HighWatermarkBeforeCommitName, "Consumers are given records before they are committed.") { IsInBroker = true },
        new(PlantedDefects.DedupeWindowOfOneName, "Of each idempotent producer only the last batch is recognised again.") { IsInBroker = true },
    ];
}
