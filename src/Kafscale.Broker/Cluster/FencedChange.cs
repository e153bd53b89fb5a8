using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>A change of one key, with what must hold for it; many of them share a transaction.</summary>
/// <param name="Operation">The change.</param>
/// <param name="Comparisons">What must hold.</param>
internal readonly record struct FencedChange(Operation Operation, params IReadOnlyList<Comparison> Comparisons);
