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
    public static IEnumerable<ConfigDescription> OfGroup(IReadOnlyDictionary<string, string> configs, GroupOptions options) =>
        GroupConfigs.All.Values.Select(definition => ConfigDescription.OfResource(
            definition.Name,
            ConfigType.Int,
            definition.Documentation,
            configs,
            ConfigSource.DynamicGroupConfig,
            ConfigSynonym.OfBroker(definition.BrokerName, Text(definition.BrokerValue(options)), Text(definition.BrokerValue(ProductDefaults)))));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
