using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaPythonTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafka-python",
        Driver.Python("kafka_python.py"),
        ClientFeature.IdempotentProducer,
        ClientFeature.NullHeaderValues,
        ClientFeature.Transactions,
        ClientFeature.DeleteRecords);
}
