using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.OnS3;

public sealed class ConfluentKafkaOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, ConfluentClient.Instance), IClassFixture<S3BrokerFixture>;
