using Confluent.Kafka.Admin;
using Kafscale.Clients;

namespace Kafscale.Console.Cluster;

/// <summary>Settings of topics, brokers and groups.</summary>
internal sealed class TopicSettings(ClusterConnection connection)
{
    /// <summary>All settings of a topic, by name.</summary>
    public Task<IReadOnlyList<ConfigEntryResult>> OfTopicAsync(string topic, CancellationToken cancellationToken) =>
        connection.ReadAsync((client, token) => new ConfigCatalog(client).DescribeAsync(ResourceType.Topic, topic, token), cancellationToken);

    /// <summary>All settings of a broker, by name.</summary>
    public Task<IReadOnlyList<ConfigEntryResult>> OfBrokerAsync(int broker, CancellationToken cancellationToken) => connection.ReadAsync(
        (client, token) => new ConfigCatalog(client).DescribeAsync(ResourceType.Broker, broker.ToString(System.Globalization.CultureInfo.InvariantCulture), token),
        cancellationToken);
}
