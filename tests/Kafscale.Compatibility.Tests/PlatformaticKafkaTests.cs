using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class PlatformaticKafkaTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "@platformatic/kafka",
        "node",
        "platformatic.mjs",
        ClientFeature.Gzip,
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.NullHeaderValues,
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
