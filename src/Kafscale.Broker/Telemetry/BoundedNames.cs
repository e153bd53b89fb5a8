namespace Kafscale.Broker.Telemetry;

/// <summary>
/// Gives a bounded number of names series of their own, those that come first, for as long as they are there; the others share one, so that
/// no client can make memory grow by making names up.
/// </summary>
internal sealed class BoundedNames(int max)
{
    /// <summary>What the others are published under. No topic has this name by accident, and any other one would need escaping.</summary>
    public const string Other = "_other";

    private readonly HashSet<string> _own = new(StringComparer.Ordinal);

    /// <summary>Makes room where names are gone.</summary>
    public void Keep(IReadOnlySet<string> present) => _own.IntersectWith(present);

    /// <summary>The name itself, or <see cref="Other"/>.</summary>
    public bool IsOwn(string name) => _own.Contains(name) || (_own.Count < max && _own.Add(name));
}
