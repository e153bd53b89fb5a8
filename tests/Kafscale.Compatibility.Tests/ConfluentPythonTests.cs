using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class ConfluentPythonTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "confluent-kafka-python",
        Driver.Python("confluent_python.py"),
        ClientFeature.GroupOffsets,
        ClientFeature.DeleteGroups,
        ClientFeature.DeleteRecords);
}
