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

    /// <summary>One of a broker, which takes it when it starts; clients can not change it.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="type">What its values are.</param>
    /// <param name="value">What it is.</param>
    /// <param name="productDefault">What it is where nobody sets it; <see langword="null"/>: somebody always does.</param>
    /// <param name="documentation">What it is for.</param>
    public static ConfigDescription OfBroker(string name, ConfigType type, string? value, string? productDefault, string documentation) => new()
    {
        Name = name,
        Type = type,
        Documentation = documentation,
        IsReadOnly = true,
        Synonyms = ConfigSynonym.OfBroker(name, value, productDefault),
    };

    /// <summary>One that can be set on a resource, and otherwise has the value that the broker gives it.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="type">What its values are.</param>
    /// <param name="documentation">What it is for.</param>
    /// <param name="configs">What is set on the resource.</param>
    /// <param name="source">Where that is.</param>
    /// <param name="ofBroker">Where its value comes from where nothing is set.</param>
    public static ConfigDescription OfResource(
        string name, ConfigType type, string documentation, IReadOnlyDictionary<string, string> configs, ConfigSource source, List<ConfigSynonym> ofBroker) => new()
        {
            Name = name,
            Type = type,
            Documentation = documentation,
            IsReadOnly = false,
            Synonyms = configs.TryGetValue(name, out var own) ? [new ConfigSynonym(name, own, source), .. ofBroker] : ofBroker,
        };
}
