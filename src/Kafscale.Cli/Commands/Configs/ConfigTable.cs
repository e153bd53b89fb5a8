using Confluent.Kafka.Admin;
using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Commands.Configs;

/// <summary>Settings as they are shown.</summary>
internal static class ConfigTable
{
    /// <param name="entries">All settings.</param>
    /// <param name="withDefaults">Whether those that nobody has set are shown, too.</param>
    public static Table Of(IEnumerable<ConfigEntryResult> entries, bool withDefaults)
    {
        var table = new Table("CONFIG", "VALUE", "SOURCE", "READ-ONLY");
        foreach (var entry in entries.Where(entry => withDefaults || !(entry.IsDefault || entry.Source == ConfigSource.DefaultConfig)))
        {
            table.Add(entry.Name, entry.IsSensitive ? "(secret)" : entry.Value, SourceOf(entry.Source), entry.IsReadOnly);
        }

        return table;
    }

    private static string SourceOf(ConfigSource source) => source switch
    {
        ConfigSource.DynamicTopicConfig => "topic",
        ConfigSource.DynamicBrokerConfig => "broker",
        ConfigSource.DynamicDefaultBrokerConfig => "cluster",
        ConfigSource.StaticBrokerConfig => "broker's start",
        ConfigSource.DefaultConfig => "default",
        _ => source.ToString(),
    };
}
