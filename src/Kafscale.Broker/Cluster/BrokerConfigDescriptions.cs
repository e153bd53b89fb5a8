using System.Globalization;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Describes a broker by the configurations of Kafka that tools read. They are set when the broker is started and are read
/// only to clients.
/// </summary>
internal static class BrokerConfigDescriptions
{
    /// <summary>Describes this broker, in no order.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="session">What it tells others of itself; <see langword="null"/>: it is not registered now.</param>
    public static IEnumerable<ConfigDescription> Of(ClusterOptions options, SessionRecord? session)
    {
        var nodeId = Text(options.NodeId);
        yield return ConfigDescription.OfBroker("broker.id", ConfigType.Int, nodeId, "-1", "The broker's id.");
        yield return ConfigDescription.OfBroker("node.id", ConfigType.Int, nodeId, null, "The broker's id.");
        if (session is not null)
        {
            yield return ConfigDescription.OfBroker(
                "broker.rack", ConfigType.String, session.Rack.Length == 0 ? null : session.Rack, null, "The rack that the broker is in.");
            yield return ConfigDescription.OfBroker(
                "advertised.listeners", ConfigType.List, $"PLAINTEXT://{session.Host}:{Text(session.Port)}", null, "Where clients connect.");
        }

        yield return ConfigDescription.OfBroker("log.dirs", ConfigType.List, options.LogDirectory, null, "Where records are kept: the object store.");
        yield return ConfigDescription.OfBroker(
            "auto.create.topics.enable", ConfigType.Boolean, Text(options.AutoCreateTopics), "true",
            "Whether a topic that a client asks for is created.");
        yield return ConfigDescription.OfBroker(
            "delete.topic.enable", ConfigType.Boolean, Text(options.DeleteTopics), "true", "Whether topics may be deleted.");
        yield return ConfigDescription.OfBroker(
            "num.partitions", ConfigType.Int, Text(options.DefaultPartitions), "1",
            "Partitions of a topic that is created without saying how many.");
        yield return ConfigDescription.OfBroker(
            "default.replication.factor", ConfigType.Int, "1", "1", "Kept for tools; the object store keeps the copies.");
        foreach (var description in options.OtherSettings.Concat(TopicConfigDescriptions.OfBroker(options.TopicDefaults)))
        {
            yield return description;
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Text(bool value) => value ? "true" : "false";
}
