using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Configurations of groups as a test sets them.</summary>
internal sealed class GroupConfigurationList(GroupOptions options) : IGroupConfigurations
{
    private readonly Dictionary<string, GroupConfiguration> _configurations = new(StringComparer.Ordinal);

    public GroupConfiguration Of(string groupId) => _configurations.TryGetValue(groupId, out var configuration) ? configuration : Defaults;

    public void Set(string groupId, int? sessionTimeoutMs = null, int? heartbeatIntervalMs = null) =>
        _configurations[groupId] = new(sessionTimeoutMs ?? Defaults.ConsumerSessionTimeoutMs, heartbeatIntervalMs ?? Defaults.ConsumerHeartbeatIntervalMs);

    public void Clear(string groupId) => _configurations.Remove(groupId);

    private GroupConfiguration Defaults => new(options.ConsumerSessionTimeoutMs, options.ConsumerHeartbeatIntervalMs);
}
