using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaNodeTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafka-node",
        Driver.Node("kafka_node.mjs"),
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.IdempotentProducer,
        ClientFeature.Headers,
        ClientFeature.RepeatedHeaders,
        ClientFeature.NullHeaderValues,
        ClientFeature.RecordTimestamps,
        ClientFeature.TimestampLookup,
        ClientFeature.Transactions,
        ClientFeature.CreatePartitions,
        ClientFeature.DeleteTopics,
        ClientFeature.AlterConfigs,
        ClientFeature.DeleteGroups,
        ClientFeature.DeleteRecords);
}
