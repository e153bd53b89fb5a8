using System.Buffers;
using System.Diagnostics;
using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Cluster;

/// <summary>Measures how long a producer waits for acknowledgements on partitions that one broker leads, while something happens to it.</summary>
internal sealed class FailoverProbe : IDisposable
{
    // Each of them is written to all the time, and shall not wait for the others.
    private const int MaxProbedPartitions = 20;

    private const short ProduceVersion = 9;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly IProducer<byte[]?, byte[]?> _producer;
    private readonly string _topic;
    private readonly int[] _partitions;

    private FailoverProbe(string bootstrapServers, string topic, IEnumerable<int> partitions)
    {
        _producer = ConfluentClient.Producer(new ProducerConfig
        {
            BootstrapServers = bootstrapServers,
            EnableIdempotence = true,
            LingerMs = 0,
        });
        _topic = topic;
        _partitions = [.. partitions];
    }

    /// <summary>Creates a topic, and connects to all brokers: a producer that has yet to connect may take a second more.</summary>
    public static async Task<FailoverProbe> StartAsync(BrokerCluster cluster, ClusterBroker leader, int partitions)
    {
        var topic = await cluster.CreateTopicAsync(partitions);
        var leaders = await cluster.LeadersAsync(topic);
        var led = leaders.Where(one => one.Value == leader.Id).Select(one => one.Key).Take(MaxProbedPartitions);
        var probe = new FailoverProbe(cluster.BootstrapServers, topic, led);
        await Task.WhenAll(leaders.Keys.Select(probe.ProduceAsync)).WaitAsync(Patience);
        return probe;
    }

    /// <summary>
    /// Ends the broker, and asks the others all the time to take a record for each of its partitions. Not by the client, which may look
    /// for new leaders only once a second.
    /// </summary>
    /// <returns>From the beginning of its end until each partition has acknowledged one.</returns>
    public async Task<TimeSpan> MeasureTakeOverAsync(BrokerCluster cluster, ClusterBroker victim)
    {
        var survivors = new List<RawConnection>();
        try
        {
            foreach (var broker in cluster.Brokers.Where(broker => broker != victim))
            {
                survivors.Add(await RawConnection.OpenAsync(broker.Process.Port));
            }

            var started = Stopwatch.GetTimestamp();
            await victim.Process.KillAsync();
            var left = _partitions.ToHashSet();
            while (left.Count > 0)
            {
                foreach (var survivor in survivors)
                {
                    left.ExceptWith(await ProduceAsync(survivor, left));
                }

                Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"{left.Count} partitions are not taken over.");
                await Task.Delay(Pause);
            }

            return Stopwatch.GetElapsedTime(started);
        }
        finally
        {
            survivors.ForEach(survivor => survivor.Dispose());
        }
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

    // Returns the partitions that have acknowledged.
    private async Task<IEnumerable<int>> ProduceAsync(RawConnection broker, IEnumerable<int> partitions)
    {
        var response = await broker.AskAsync<ProduceResponse>(
            new ProduceRequest
            {
                Acks = -1,
                TimeoutMs = 10_000,
                TopicData =
                [
                    new ProduceRequest.TopicProduceData
                    {
                        Name = _topic,
                        PartitionData =
                        [
                            .. partitions.Select(partition => new ProduceRequest.PartitionProduceData
                            {
                                Index = partition,
                                Records = new ReadOnlySequence<byte>(PlausibleRequests.Batch()),
                            }),
                        ],
                    },
                ],
            },
            ProduceVersion);
        return response.Responses[0].PartitionResponses.Where(answer => answer.ErrorCode == Protocol.ErrorCode.None).Select(answer => answer.Index);
    }

    private Task ProduceAsync(int partition) =>
        _producer.ProduceAsync(new TopicPartition(_topic, partition), new Message<byte[]?, byte[]?> { Value = [1] });
}
