using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaJsTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafkajs",
        "node",
        "kafkajs.mjs",
        ClientFeature.Gzip,
        ClientFeature.IdempotentProducer,
        ClientFeature.RecordTimestamps,
        ClientFeature.Transactions,
        ClientFeature.CreateTopics,
        ClientFeature.CreatePartitions,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.ListGroups,
        ClientFeature.DescribeGroups,
        ClientFeature.GroupOffsets,
        ClientFeature.DeleteGroups,
        ClientFeature.ListOffsets,
        ClientFeature.DeleteRecords);
}
