using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Simulation.Defects;

/// <summary>Something that is done wrong on purpose, to prove that a simulation finds it.</summary>
/// <param name="Name">What it is called on the command line.</param>
/// <param name="Description">What is wrong.</param>
internal sealed record Defect(string Name, string Description)
{
    /// <summary>No defect.</summary>
    public static readonly Defect None = new("none", "");

    /// <summary>What a broker, by its id, has in place of the metadata store; made anew for each run of its process.</summary>
    public Func<IMetadataStore, int, IMetadataStore> Metadata { get; init; } = (store, _) => store;

    /// <summary>What a broker has in place of the bucket; made anew for each run of its process.</summary>
    public Func<IObjectStore, IObjectStore> Objects { get; init; } = store => store;

    /// <summary>Whether it is in the broker's own code, which has it in debug builds only (<see cref="PlantedDefects"/>).</summary>
    public bool IsInBroker { get; init; }
}
