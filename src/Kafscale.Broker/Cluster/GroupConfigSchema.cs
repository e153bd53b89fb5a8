using System.Globalization;
using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Cluster;

/// <summary>What may be set on a group.</summary>
/// <param name="options">The limits, and what holds where nothing is set.</param>
internal sealed class GroupConfigSchema(GroupOptions options) : IConfigSchema
{
    /// <inheritdoc/>
    public string? FindFault(string name, string value)
    {
        if (!GroupConfigs.All.TryGetValue(name, out var definition))
        {
            return $"Unknown group config name: {name}";
        }

        var (minimum, maximum) = (definition.Minimum(options), definition.Maximum(options));
        return int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? null
            : $"Invalid value {value} for configuration {name}: a whole number from {minimum} ({definition.MinimumName}) to {maximum} ({definition.MaximumName}) is expected";
    }

    /// <inheritdoc/>
    public string? FindDefaultList(string name) => null;

    /// <summary>How values that are right each by itself contradict each other, for a person; null where they do not.</summary>
    public string? FindContradiction(IReadOnlyDictionary<string, string> configs)
    {
        var (sessionTimeoutMs, heartbeatIntervalMs) = ConfiguredGroup.Effective(new ConfiguredGroup(configs), options);
        return sessionTimeoutMs > heartbeatIntervalMs
            ? null
            : $"{GroupConfigs.ConsumerSessionTimeoutMs} ({sessionTimeoutMs}) must be greater than {GroupConfigs.ConsumerHeartbeatIntervalMs} ({heartbeatIntervalMs})";
    }
}
