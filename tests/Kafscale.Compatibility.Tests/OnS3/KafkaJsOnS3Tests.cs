namespace Kafscale.Compatibility.Tests.OnS3;

public sealed class KafkaJsOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, KafkaJsTests.Client), IClassFixture<S3BrokerFixture>;
