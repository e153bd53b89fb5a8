using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class ConfluentPythonTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "confluent-kafka-python",
        "/usr/bin/python3",
        "confluent_python.py",
        ClientFeature.Gzip,
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.IdempotentProducer,
        ClientFeature.NullHeaderValues,
        ClientFeature.RecordTimestamps,
        ClientFeature.Transactions,
        ClientFeature.CreateTopics,
        ClientFeature.CreatePartitions,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.ListGroups,
        ClientFeature.DescribeGroups,
        ClientFeature.ListOffsets);
}
