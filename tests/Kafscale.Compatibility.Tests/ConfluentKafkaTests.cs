using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class ConfluentKafkaTests(BrokerFixture broker) : ClientContract(broker, ConfluentClient.Instance), IClassFixture<BrokerFixture>
{
    // An older librdkafka of the system would be taken where the one of the package can not be loaded.
    [Fact]
    public void The_native_library_is_the_one_of_the_package() =>
        Assert.Equal("2.16.0", Library.VersionString);
}
