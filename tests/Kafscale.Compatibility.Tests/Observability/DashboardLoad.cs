using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Hostile;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>A little of everything that clients do, until it is disposed of.</summary>
internal sealed class DashboardLoad : IAsyncDisposable
{
    private const string Topic = "orders";
    private const string MergedTopic = "merged-often";
    private const string Group = "readers";
    private const int Resource = 2;

    private static readonly TimeSpan AdministrationPause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Task[] _running;

    private DashboardLoad(string bootstrapServers)
    {
        _running =
        [
            Task.Run(() => ProduceAsync(bootstrapServers)),
            Task.Run(() => Consume(bootstrapServers)),
            Task.Run(() => ReadBack(bootstrapServers)),
            .. bootstrapServers.Split(',').Select(server => Task.Run(() => AdministrateAsync(int.Parse(server.Split(':')[1])))),
        ];
    }

    /// <summary>Makes topics and begins.</summary>
    public static async Task<DashboardLoad> StartAsync(string bootstrapServers)
    {
        await ConfluentClient.Instance.CreateTopicAsync(bootstrapServers, Topic, 6, new Dictionary<string, string>());
        await ConfluentClient.Instance.CreateTopicAsync(
            bootstrapServers, MergedTopic, 3, new Dictionary<string, string> { ["segment.bytes"] = "1048576", ["segment.ms"] = "1000" });
        return new DashboardLoad(bootstrapServers);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        _stopping.Dispose();
    }

    private async Task ProduceAsync(string bootstrapServers)
    {
        using var producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = bootstrapServers });
        while (!_stopping.IsCancellationRequested)
        {
            await Task.WhenAll(
                producer.ProduceAsync(Topic, new Message<byte[]?, byte[]?> { Value = new byte[10_000] }),
                producer.ProduceAsync(MergedTopic, new Message<byte[]?, byte[]?> { Value = new byte[10_000] }));
        }
    }

    // Commits the beginning again and again, so that there is a lag.
    private void Consume(string bootstrapServers)
    {
        using var consumer = ConfluentClient.Consumer(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = Group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
        }).Build();
        consumer.Subscribe(Topic);
        while (!_stopping.IsCancellationRequested)
        {
            if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } result)
            {
                consumer.Commit([new TopicPartitionOffset(result.TopicPartition, 0)]);
            }
        }

        consumer.Close();
    }

    // From somewhere near the beginning again and again: segments, their indexes and manifests are read where the tail has been merged.
    private void ReadBack(string bootstrapServers)
    {
        using var consumer = ConfluentClient.Consumer(
            new ConsumerConfig { BootstrapServers = bootstrapServers, GroupId = "unused", EnableAutoCommit = false, AutoOffsetReset = AutoOffsetReset.Earliest }).Build();
        for (var round = 0; !_stopping.IsCancellationRequested; round++)
        {
            consumer.Assign(Enumerable.Range(0, 3).Select(partition => new TopicPartitionOffset(MergedTopic, partition, round % 20)));
            for (var i = 0; i < 5 && !_stopping.IsCancellationRequested; i++)
            {
                consumer.Consume(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private async Task AdministrateAsync(int port)
    {
        using var connection = await RawConnection.OpenAsync(port);
        while (!_stopping.IsCancellationRequested)
        {
            await connection.AskAsync<ListGroupsResponse>(new ListGroupsRequest(), 4);
            await connection.AskAsync<DescribeConfigsResponse>(
                new DescribeConfigsRequest { Resources = [new() { ResourceType = Resource, ResourceName = Topic }] }, 4);

            // One that is not there, for the sake of its error.
            await connection.AskAsync<DescribeConfigsResponse>(
                new DescribeConfigsRequest { Resources = [new() { ResourceType = Resource, ResourceName = "no-such-topic" }] }, 4);
            await Task.Delay(AdministrationPause);
        }
    }
}
