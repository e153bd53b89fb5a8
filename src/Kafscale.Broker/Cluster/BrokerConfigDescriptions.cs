using System.Globalization;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Describes a broker by the configurations of Kafka that tools read. They are set when the broker is started and are read
/// only to clients.
/// </summary>
internal static class BrokerConfigDescriptions
{
    // Configurations of Kafka that this broker has under the same name, with its own defaults.
    private static readonly (string Name, ConfigType Type, string? Default, string Documentation)[] OtherSettings =
    [
        ("connections.max.idle.ms", ConfigType.Long, "600000", "After how many milliseconds without a request a connection is closed."),
        ("group.consumer.heartbeat.interval.ms", ConfigType.Int, "5000", "How often members of the consumer protocol report, in milliseconds."),
        ("group.consumer.max.heartbeat.interval.ms", ConfigType.Int, "15000", "The longest heartbeat interval that may be set on a group, in milliseconds."),
        ("group.consumer.max.session.timeout.ms", ConfigType.Int, "60000", "The longest session timeout that may be set on a group, in milliseconds."),
        ("group.consumer.max.size", ConfigType.Int, "10000", "The most members of one group of the consumer protocol."),
        ("group.consumer.migration.policy", ConfigType.String, "BIDIRECTIONAL", "Whether groups with members go over from one protocol to the other."),
        ("group.consumer.min.heartbeat.interval.ms", ConfigType.Int, "5000", "The shortest heartbeat interval that may be set on a group, in milliseconds."),
        ("group.consumer.min.session.timeout.ms", ConfigType.Int, "45000", "The shortest session timeout that may be set on a group, in milliseconds."),
        ("group.consumer.session.timeout.ms", ConfigType.Int, "45000", "After how long a silence a member of the consumer protocol is removed, in milliseconds."),
        ("group.initial.rebalance.delay.ms", ConfigType.Int, "3000", "How long a new group waits for more members, in milliseconds."),
        ("group.max.session.timeout.ms", ConfigType.Int, "1800000", "The longest session timeout of a member, in milliseconds."),
        ("group.max.size", ConfigType.Int, "10000", "The most members of one group."),
        ("group.min.session.timeout.ms", ConfigType.Int, "6000", "The shortest session timeout of a member, in milliseconds."),
        ("listeners", ConfigType.List, null, "Where the broker listens."),
        ("log.retention.check.interval.ms", ConfigType.Long, "300000", "How often retention is checked, in milliseconds."),
        ("max.connections", ConfigType.Int, "10000", "The most connections at a time."),
        ("offsets.retention.minutes", ConfigType.Int, "10080", "How long the offsets of an empty group are kept, in minutes."),
        ("queued.max.request.bytes", ConfigType.Long, "536870912", "The most bytes of requests in progress."),
        ("socket.request.max.bytes", ConfigType.Int, "104857600", "The largest request, in bytes."),
    ];

    /// <summary>Describes this broker, in no order.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="session">What it tells others of itself; <see langword="null"/>: it is not registered now.</param>
    public static IEnumerable<ConfigDescription> Of(ClusterOptions options, SessionRecord? session)
    {
        var nodeId = Text(options.NodeId);
        yield return Setting("broker.id", ConfigType.Int, nodeId, "-1", "The broker's id.");
        yield return Setting("node.id", ConfigType.Int, nodeId, null, "The broker's id.");
        if (session is not null)
        {
            yield return Setting(
                "broker.rack", ConfigType.String, session.Rack.Length == 0 ? null : session.Rack, null, "The rack that the broker is in.");
            yield return Setting(
                "advertised.listeners", ConfigType.List, $"PLAINTEXT://{session.Host}:{Text(session.Port)}", null, "Where clients connect.");
        }

        yield return Setting("log.dirs", ConfigType.List, options.LogDirectory, null, "Where records are kept: the object store.");
        yield return Setting(
            "auto.create.topics.enable", ConfigType.Boolean, Text(options.AutoCreateTopics), "true",
            "Whether a topic that a client asks for is created.");
        yield return Setting(
            "delete.topic.enable", ConfigType.Boolean, Text(options.DeleteTopics), "true", "Whether topics may be deleted.");
        yield return Setting(
            "num.partitions", ConfigType.Int, Text(options.DefaultPartitions), "1",
            "Partitions of a topic that is created without saying how many.");
        yield return Setting(
            "default.replication.factor", ConfigType.Int, "1", "1", "Kept for tools; the object store keeps the copies.");
        foreach (var (name, type, productDefault, documentation) in OtherSettings)
        {
            if (options.OtherSettings.TryGetValue(name, out var value))
            {
                yield return Setting(name, type, value, productDefault, documentation);
            }
        }

        foreach (var description in TopicConfigDescriptions.OfBroker(options.TopicDefaults))
        {
            yield return description;
        }
    }

    private static ConfigDescription Setting(string name, ConfigType type, string? value, string? productDefault, string documentation) => new()
    {
        Name = name,
        Type = type,
        Documentation = documentation,
        IsReadOnly = true,
        Synonyms = ConfigSynonym.OfBroker(name, value, productDefault),
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";
}
