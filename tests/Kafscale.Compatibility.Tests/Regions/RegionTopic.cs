using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>A topic of one partition with numbered records.</summary>
internal sealed class RegionTopic(string bootstrapServers) : IDisposable
{
    public const int RecordBytes = 10_000;

    /// <summary>How long a test waits for what must happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IProducer<Null, byte[]> _producer = new ProducerBuilder<Null, byte[]>(
        new ProducerConfig { BootstrapServers = bootstrapServers, EnableIdempotence = true, LingerMs = 1 }).Build();

    public string Name { get; } = $"topic-{Guid.NewGuid():n}";

    public async Task CreateAsync(Dictionary<string, string>? configs = null)
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = bootstrapServers }).Build();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = Name, NumPartitions = 1, Configs = configs }]);
    }

    /// <summary>Writes records whose values tell their numbers.</summary>
    public async Task ProduceAsync(int first, int count) => await Task.WhenAll(Enumerable.Range(first, count).Select(
        number => _producer.ProduceAsync(Name, new Message<Null, byte[]> { Value = RegionConsumer.ValueOf(number, RecordBytes) })));

    public RegionConsumer Consume(string rack) => new(bootstrapServers, Name, rack, Patience);

    public void Dispose() => _producer.Dispose();
}
