namespace Kafscale.Compatibility.Tests.OnS3;

[Trait("Category", "Long")]
public sealed class PlatformaticKafkaOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, PlatformaticKafkaTests.Client), IClassFixture<S3BrokerFixture>;
