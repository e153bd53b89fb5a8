namespace Kafscale.Broker.Cluster;

/// <summary>A configuration as DescribeConfigs shows it.</summary>
internal sealed record ConfigDescription
{
    public required string Name { get; init; }

    public required ConfigType Type { get; init; }

    public required string Documentation { get; init; }

    /// <summary>Whether clients can not change it.</summary>
    public required bool IsReadOnly { get; init; }

    /// <summary>Where the value may come from, the place that decides first; at least one.</summary>
    public required IReadOnlyList<ConfigSynonym> Synonyms { get; init; }

    public string? Value => Synonyms[0].Value;

    public ConfigSource Source => Synonyms[0].Source;
}
