using Kafscale.Storage.Manifests;

namespace Kafscale.Broker.Partitions;

/// <summary>Where the records of a fetch are.</summary>
/// <param name="Ranges">Consecutive runs; the first begins with or before the batch that holds the offset.</param>
/// <param name="Manifest">The manifest that was needed to find them; <see langword="null"/> where they are in the tail.</param>
internal readonly record struct LocatedRecords(IReadOnlyList<LogRange> Ranges, Manifest? Manifest);
