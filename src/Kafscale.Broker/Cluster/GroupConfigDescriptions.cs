using System.Globalization;
using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Cluster;

/// <summary>Describes a group by its configurations: what is set on it, and what holds otherwise.</summary>
internal static class GroupConfigDescriptions
{
    private static readonly GroupOptions ProductDefaults = new();

    /// <summary>Describes every configuration of a group, in no order.</summary>
    /// <param name="configs">What is set on the group itself.</param>
    /// <param name="options">The broker's settings.</param>
    public static IEnumerable<ConfigDescription> OfGroup(IReadOnlyDictionary<string, string> configs, GroupOptions options)
    {
        foreach (var definition in GroupConfigs.All.Values)
        {
            var synonyms = ConfigSynonym.OfBroker(definition.BrokerName, Text(definition.BrokerValue(options)), Text(definition.BrokerValue(ProductDefaults)));
            if (configs.TryGetValue(definition.Name, out var own))
            {
                synonyms.Insert(0, new ConfigSynonym(definition.Name, own, ConfigSource.DynamicGroupConfig));
            }

            yield return new ConfigDescription
            {
                Name = definition.Name,
                Type = ConfigType.Int,
                Documentation = definition.Documentation,
                IsReadOnly = false,
                Synonyms = synonyms,
            };
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
