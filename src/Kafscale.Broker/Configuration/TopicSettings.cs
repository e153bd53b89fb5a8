using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Configuration;

/// <summary>What may be set on a topic, for the reference page.</summary>
public static class TopicSettings
{
    /// <summary>All of them, by name.</summary>
    public static IReadOnlyList<TopicSetting> All { get; } =
    [
        .. TopicConfigs.All.Values
            .OrderBy(definition => definition.Name, StringComparer.Ordinal)
            .Select(definition => new TopicSetting(definition.Name, definition.Effective(new TopicConfiguration()), definition.Documentation)),
    ];
}
