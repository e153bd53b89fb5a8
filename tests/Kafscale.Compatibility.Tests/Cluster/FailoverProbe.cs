using System.Diagnostics;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Measures how long a producer that is already connected waits for acknowledgements after a fault.</summary>
internal sealed class FailoverProbe : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly string _topic;
    private readonly int[] _partitions;

    private FailoverProbe(string bootstrapServers, string topic, IEnumerable<int> partitions)
    {
        _producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = bootstrapServers, EnableIdempotence = true, LingerMs = 0 });
        _topic = topic;
        _partitions = [.. partitions];
    }

    /// <summary>Connects to the leaders of some partitions.</summary>
    public static async Task<FailoverProbe> StartAsync(string bootstrapServers, string topic, IEnumerable<int> partitions)
    {
        var probe = new FailoverProbe(bootstrapServers, topic, partitions);
        await probe.MeasureAsync(Stopwatch.GetTimestamp());
        return probe;
    }

    /// <summary>Sends one record to each partition now.</summary>
    /// <param name="since">The timestamp to measure from.</param>
    /// <returns>When each has been acknowledged, the first one first.</returns>
    public async Task<IReadOnlyList<TimeSpan>> MeasureAsync(long since)
    {
        var durations = await Task.WhenAll(_partitions.Select(MeasureAsync)).WaitAsync(Patience);
        return [.. durations.Order()];

        async Task<TimeSpan> MeasureAsync(int partition)
        {
            await _producer.ProduceAsync(new TopicPartition(_topic, partition), new Message<byte[]?, byte[]?> { Value = [1] });
            return Stopwatch.GetElapsedTime(since);
        }
    }

    public void Dispose() => _producer.Dispose();
}
