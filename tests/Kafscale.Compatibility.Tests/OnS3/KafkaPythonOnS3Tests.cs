namespace Kafscale.Compatibility.Tests.OnS3;

public sealed class KafkaPythonOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, KafkaPythonTests.Client), IClassFixture<S3BrokerFixture>;
