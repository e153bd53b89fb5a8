using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaJsTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafkajs",
        Driver.Node("kafkajs.mjs"),
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.NullHeaderValues);
}
