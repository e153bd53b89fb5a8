using System.Globalization;
using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Cluster;

/// <summary>What is set on one group.</summary>
/// <param name="configs">Names and values; not to be changed.</param>
internal sealed class ConfiguredGroup(IReadOnlyDictionary<string, string> configs)
{
    private readonly int? _consumerSessionTimeoutMs = Find(configs, GroupConfigs.ConsumerSessionTimeoutMs);
    private readonly int? _consumerHeartbeatIntervalMs = Find(configs, GroupConfigs.ConsumerHeartbeatIntervalMs);

    public IReadOnlyDictionary<string, string> Configs => configs;

    /// <summary>What holds for a group: what is set on it, kept within limits that may have been others when it was set, or else the broker's settings.</summary>
    /// <param name="group"><see langword="null"/>: nothing is set.</param>
    /// <param name="options">The broker's settings.</param>
    public static GroupConfiguration Effective(ConfiguredGroup? group, GroupOptions options) => new(
        group?._consumerSessionTimeoutMs is { } sessionTimeoutMs
            ? Math.Clamp(sessionTimeoutMs, options.ConsumerMinSessionTimeoutMs, options.ConsumerMaxSessionTimeoutMs)
            : options.ConsumerSessionTimeoutMs,
        group?._consumerHeartbeatIntervalMs is { } heartbeatIntervalMs
            ? Math.Clamp(heartbeatIntervalMs, options.ConsumerMinHeartbeatIntervalMs, options.ConsumerMaxHeartbeatIntervalMs)
            : options.ConsumerHeartbeatIntervalMs);

    private static int? Find(IReadOnlyDictionary<string, string> configs, string name) =>
        configs.TryGetValue(name, out var value) && int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
