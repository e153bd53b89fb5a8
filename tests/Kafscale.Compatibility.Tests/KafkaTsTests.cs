using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaTsTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafka-ts",
        Driver.Node("kafka_ts.mjs"),
        ClientFeature.Zstd,
        ClientFeature.ProducerCompression,
        ClientFeature.RepeatedHeaders,
        ClientFeature.NullHeaderValues,
        ClientFeature.Transactions);
}
