using System.Globalization;
using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Configuration;

/// <summary>
/// The settings that Kafka's brokers have, too, as DescribeConfigs shows them. Those that topics default to are not among
/// them (<see cref="TopicConfigDescriptions"/>), nor those that the cluster APIs need themselves (<see cref="BrokerConfigDescriptions"/>).
/// </summary>
internal static class KafkaSettings
{
    private static readonly Func<BrokerConfiguration, ConfigDescription>[] Descriptions =
    [
        Of(BrokerSettings.ConnectionsMaxIdleMs, ConfigType.Long, configuration => configuration.ConnectionsMaxIdleMs),
        Of(BrokerSettings.GroupConsumerHeartbeatIntervalMs, ConfigType.Int, configuration => configuration.GroupConsumerHeartbeatIntervalMs),
        Of(BrokerSettings.GroupConsumerMaxHeartbeatIntervalMs, ConfigType.Int, configuration => configuration.GroupConsumerMaxHeartbeatIntervalMs),
        Of(BrokerSettings.GroupConsumerMaxSessionTimeoutMs, ConfigType.Int, configuration => configuration.GroupConsumerMaxSessionTimeoutMs),
        Of(BrokerSettings.GroupConsumerMaxSize, ConfigType.Int, configuration => configuration.GroupConsumerMaxSize),
        Of(BrokerSettings.GroupConsumerMigrationPolicy, ConfigType.String, configuration => configuration.GroupConsumerMigrationPolicy),
        Of(BrokerSettings.GroupConsumerMinHeartbeatIntervalMs, ConfigType.Int, configuration => configuration.GroupConsumerMinHeartbeatIntervalMs),
        Of(BrokerSettings.GroupConsumerMinSessionTimeoutMs, ConfigType.Int, configuration => configuration.GroupConsumerMinSessionTimeoutMs),
        Of(BrokerSettings.GroupConsumerSessionTimeoutMs, ConfigType.Int, configuration => configuration.GroupConsumerSessionTimeoutMs),
        Of(BrokerSettings.GroupInitialRebalanceDelayMs, ConfigType.Int, configuration => configuration.GroupInitialRebalanceDelayMs),
        Of(BrokerSettings.GroupMaxSessionTimeoutMs, ConfigType.Int, configuration => configuration.GroupMaxSessionTimeoutMs),
        Of(BrokerSettings.GroupMaxSize, ConfigType.Int, configuration => configuration.GroupMaxSize),
        Of(BrokerSettings.GroupMinSessionTimeoutMs, ConfigType.Int, configuration => configuration.GroupMinSessionTimeoutMs),
        Of(BrokerSettings.LogRetentionCheckIntervalMs, ConfigType.Long, configuration => configuration.LogRetentionCheckIntervalMs),
        Of(BrokerSettings.MaxConnections, ConfigType.Int, configuration => configuration.MaxConnections),
        Of(BrokerSettings.OffsetsRetentionMinutes, ConfigType.Int, configuration => configuration.OffsetsRetentionMinutes),
        Of(BrokerSettings.QueuedMaxRequestBytes, ConfigType.Long, configuration => configuration.QueuedMaxRequestBytes),
        Of(BrokerSettings.SocketRequestMaxBytes, ConfigType.Int, configuration => configuration.SocketRequestMaxBytes),

        // It has another name and form here.
        configuration => ConfigDescription.OfBroker(
            "listeners", ConfigType.List, $"{BrokerHost.ListenerName}://{configuration.Listener}", null, BrokerSettings.Listener.Description),
    ];

    /// <summary>Describes what is set, in no order.</summary>
    public static IReadOnlyList<ConfigDescription> Describe(BrokerConfiguration configuration) => [.. Descriptions.Select(describe => describe(configuration))];

    private static Func<BrokerConfiguration, ConfigDescription> Of<T>(TypedSetting<T> setting, ConfigType type, Func<BrokerConfiguration, T> valueOf)
        where T : struct => configuration =>
        {
            var defaultValue = setting.DefaultFor(configuration.Role) is { } text ? Text(setting.Type.Parse(text)) : null;
            return ConfigDescription.OfBroker(setting.Key, type, Text(valueOf(configuration)), defaultValue, setting.Description);
        };

    // Kafka shows the names of choices in capitals.
    private static string Text<T>(T value)
        where T : struct => string.Create(CultureInfo.InvariantCulture, $"{value}").ToUpperInvariant();
}
