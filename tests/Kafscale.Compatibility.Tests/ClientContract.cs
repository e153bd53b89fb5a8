using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests;

/// <summary>What every client can do with a broker. What a client itself does not offer is skipped, and says so.</summary>
public abstract partial class ClientContract
{
    private static readonly IReadOnlyDictionary<string, string> NoConfigs = new Dictionary<string, string>();

    private readonly BrokerFixture _broker;
    private readonly KafkaClient _client;

    private protected ClientContract(BrokerFixture broker, KafkaClient client)
    {
        _broker = broker;
        _client = client;
    }

    private string BootstrapServers => _broker.Broker.BootstrapServers;

    private void SkipUnlessOffered(params ReadOnlySpan<ClientFeature> features)
    {
        foreach (var feature in features)
        {
            Assert.SkipUnless(_client.Features.Contains(feature), $"{_client.Name} does not offer {feature}.");
        }
    }

    // Where a client can not create topics, another one does it for its test.
    private async Task<string> CreateTopicAsync(int partitions, params (string Name, string Value)[] configs)
    {
        var topic = NewName("topic");
        await ConfluentClient.Instance.CreateTopicAsync(
            BootstrapServers, topic, partitions, configs.ToDictionary(config => config.Name, config => config.Value));
        return topic;
    }

    private async Task<IReadOnlyList<ReceivedRecord>> ReadAllAsync(string topic, ReadStart start = default) =>
        await _client.ReadAsync(BootstrapServers, topic, start, await ConfluentClient.EndsAsync(BootstrapServers, topic));

    private static ClientFeature CodecOf(string compression) => Enum.Parse<ClientFeature>(compression, ignoreCase: true);

    private static string NewName(string kind) => $"{kind}-{Guid.NewGuid():n}";

    // The order of partitions among each other is nobody's promise; that within a partition is.
    private static void AssertSameRecords(IEnumerable<TestRecord> produced, IEnumerable<ReceivedRecord> received)
    {
        var expected = produced.ToLookup(record => record.Partition);
        var actual = received.ToLookup(record => record.Partition);
        Assert.Equal(expected.Select(partition => partition.Key).Order(), actual.Select(partition => partition.Key).Order());
        foreach (var partition in expected)
        {
            Assert.Equal(partition.Select(record => record.Content), actual[partition.Key].Select(record => record.Content));
            Assert.Equal(Enumerable.Range(0, partition.Count()).Select(offset => (long)offset), actual[partition.Key].Select(record => record.Offset));
        }
    }
}
