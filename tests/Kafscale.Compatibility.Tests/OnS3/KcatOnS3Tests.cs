using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.OnS3;

[Trait("Category", "Long")]
public sealed class KcatOnS3Tests(S3BrokerFixture broker) : ClientContract(broker, new KcatClient()), IClassFixture<S3BrokerFixture>;
