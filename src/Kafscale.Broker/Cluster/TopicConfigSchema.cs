namespace Kafscale.Broker.Cluster;

/// <summary>What may be set on a topic.</summary>
/// <param name="defaults">What holds where nothing is set.</param>
internal sealed class TopicConfigSchema(TopicConfiguration defaults) : IConfigSchema
{
    /// <inheritdoc/>
    public string? FindFault(string name, string value) =>
        TopicConfigs.All.TryGetValue(name, out var definition) ? definition.Validate(value) : $"Unknown topic config name: {name}";

    /// <inheritdoc/>
    public string? FindDefaultList(string name) =>
        TopicConfigs.All.TryGetValue(name, out var definition) && definition.Type == ConfigType.List ? definition.Effective(defaults) : null;
}
