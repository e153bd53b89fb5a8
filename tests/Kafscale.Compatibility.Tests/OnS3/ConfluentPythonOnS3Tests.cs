namespace Kafscale.Compatibility.Tests.OnS3;

[Trait("Category", "Long")]
public sealed class ConfluentPythonOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, ConfluentPythonTests.Client), IClassFixture<S3BrokerFixture>;
