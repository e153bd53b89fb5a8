using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

/// <summary>A reader that leaves waits for what it has asked, and the next one for the group: half a minute each time.</summary>
[Trait("Category", "Long")]
public sealed class KafkaGoTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafka-go",
        Driver.Go("kafka-go"),
        ClientFeature.Zstd,
        ClientFeature.IdempotentProducer,
        ClientFeature.Nulls,
        ClientFeature.Headers,
        ClientFeature.RepeatedHeaders,
        ClientFeature.NullHeaderValues,
        ClientFeature.Transactions,
        ClientFeature.CreatePartitions,
        ClientFeature.ListTopics,
        ClientFeature.ExistingTopics,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.ListGroups,
        ClientFeature.DeleteRecords);
}
