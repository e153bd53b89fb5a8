using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KcatTests(BrokerFixture broker) : ClientContract(broker, new KcatClient()), IClassFixture<BrokerFixture>;
