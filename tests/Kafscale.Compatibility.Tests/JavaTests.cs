using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

/// <summary>Kafka's own client of 0.9: its producer, and its consumer of that version's new kind.</summary>
public sealed class JavaTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "Java client 0.9",
        Driver.Java(),
        ClientFeature.Zstd,
        ClientFeature.IdempotentProducer,
        ClientFeature.Headers,
        ClientFeature.RepeatedHeaders,
        ClientFeature.NullHeaderValues,
        ClientFeature.RecordTimestamps,
        ClientFeature.TimestampLookup,
        ClientFeature.Transactions,
        ClientFeature.CreateTopics,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.ListGroups,
        ClientFeature.DeleteRecords);
}
