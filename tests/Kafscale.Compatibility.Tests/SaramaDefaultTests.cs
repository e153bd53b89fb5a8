using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

/// <summary>Sarama as it comes: it speaks as to Kafka 0.8.2 unless it is told a version.</summary>
public sealed class SaramaDefaultTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "Sarama without a version",
        Driver.Go("sarama-default"),
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.IdempotentProducer,
        ClientFeature.Headers,
        ClientFeature.RepeatedHeaders,
        ClientFeature.NullHeaderValues,
        ClientFeature.RecordTimestamps,
        ClientFeature.TimestampLookup,
        ClientFeature.Groups,
        ClientFeature.Transactions,
        ClientFeature.CreateTopics,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.DeleteRecords);
}
