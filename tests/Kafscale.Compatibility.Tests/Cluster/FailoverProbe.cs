using System.Diagnostics;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Measures how long a producer waits for acknowledgements on partitions that one broker leads, while something happens to it.</summary>
internal sealed class FailoverProbe : IDisposable
{
    // Each of them is written to all the time, and shall not wait for the others.
    private const int MaxProbedPartitions = 20;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly ITestOutputHelper _output;
    private readonly string _topic;
    private readonly int[] _partitions;

    private FailoverProbe(string bootstrapServers, string topic, IEnumerable<int> partitions, ITestOutputHelper output)
    {
        _output = output;
        _producer = ConfluentClient.Producer(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            LingerMs = 0,

            // By default it asks once a second in the end, whatever the cluster does.
            RetryBackoffMs = 50,
            RetryBackoffMaxMs = 100,
            TopicMetadataRefreshFastIntervalMs = 50,
        });
        _topic = topic;
        _partitions = [.. partitions];
    }

    /// <summary>Creates a topic, and connects to the broker that leads some of its partitions.</summary>
    public static async Task<FailoverProbe> StartAsync(BrokerCluster cluster, ClusterBroker leader, int partitions, ITestOutputHelper output)
    {
        var topic = await cluster.CreateTopicAsync(partitions);
        var led = (await cluster.LeadersAsync(topic)).Where(one => one.Value == leader.Id).Select(one => one.Key).Take(MaxProbedPartitions);
        var probe = new FailoverProbe(cluster.BootstrapServers, topic, led, output);
        await Task.WhenAll(probe._partitions.Select(probe.ProduceAsync)).WaitAsync(Patience);
        return probe;
    }

    /// <summary>Does something to the broker, and sends one record to each partition at once afterwards.</summary>
    /// <returns>From its beginning until all of them are acknowledged.</returns>
    public async Task<TimeSpan> MeasureAsync(Func<Task> fault)
    {
        _output.WriteLine($"{DateTime.UtcNow:O}: to {_partitions.Length} partitions");
        var started = Stopwatch.GetTimestamp();
        await fault();
        _output.WriteLine($"{DateTime.UtcNow:O}: done");
        await Task.WhenAll(_partitions.Select(ProduceAsync)).WaitAsync(Patience);
        _output.WriteLine($"{DateTime.UtcNow:O}: acknowledged");
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Sends to each partition one record after another until something is done.</summary>
    /// <returns>The longest that one of them took.</returns>
    public async Task<TimeSpan> MeasureWorstAsync(Func<Task> fault)
    {
        using var isDone = new CancellationTokenSource();
        var probing = Task.WhenAll(_partitions.Select(MeasureUntilDoneAsync));
        await fault();
        await isDone.CancelAsync();
        return (await probing.WaitAsync(Patience)).Max();

        async Task<TimeSpan> MeasureUntilDoneAsync(int partition)
        {
            var worst = TimeSpan.Zero;
            for (var isLast = false; !isLast;)
            {
                isLast = isDone.IsCancellationRequested;
                var sent = Stopwatch.GetTimestamp();
                await ProduceAsync(partition);
                worst = TimeSpan.FromTicks(Math.Max(worst.Ticks, Stopwatch.GetElapsedTime(sent).Ticks));
                await Task.Delay(Pause);
            }

            return worst;
        }
    }

    public void Dispose() => _producer.Dispose();

    private Task ProduceAsync(int partition) =>
        _producer.ProduceAsync(new TopicPartition(_topic, partition), new Message<byte[]?, byte[]?> { Value = [1] });
}
