using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class PlatformaticKafkaTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "@platformatic/kafka",
        Driver.Node("platformatic.mjs"),
        ClientFeature.Zstd);
}
