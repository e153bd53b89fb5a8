namespace Kafscale.Broker.Cluster;

/// <summary>What a client wants to have changed of what is set on one resource.</summary>
internal sealed record ConfigAlteration
{
    /// <summary>As it came.</summary>
    public required ConfigResourceType ResourceType { get; init; }

    /// <summary>As it came.</summary>
    public required string ResourceName { get; init; }

    /// <summary>The changes, each of another configuration.</summary>
    public required IReadOnlyList<ConfigChange> Changes { get; init; }

    /// <summary>Whether everything that was set before goes (AlterConfigs).</summary>
    public required bool ReplacesAll { get; init; }

    /// <summary>Says what would happen, and does nothing.</summary>
    public required bool ValidateOnly { get; init; }
}
