using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

public sealed class KafkaPythonTests(BrokerFixture broker) : ClientContract(broker, Client), IClassFixture<BrokerFixture>
{
    internal static readonly ScriptedClient Client = new(
        "kafka-python",
        "/usr/bin/python3",
        "kafka_python.py",
        ClientFeature.Gzip,
        ClientFeature.Snappy,
        ClientFeature.Lz4,
        ClientFeature.Zstd,
        ClientFeature.RecordTimestamps,
        ClientFeature.CreateTopics,
        ClientFeature.CreatePartitions,
        ClientFeature.DescribeConfigs,
        ClientFeature.AlterConfigs,
        ClientFeature.ListGroups,
        ClientFeature.DescribeGroups,
        ClientFeature.GroupOffsets,
        ClientFeature.DeleteGroups,
        ClientFeature.ListOffsets);
}
