using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DescribeProducersRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DescribeProducersHandlerTests
{
    [Fact]
    public async Task Producers_show_their_last_batch()
    {
        await using var broker = await Requests.TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        await broker.ProduceAsync("a", 1, 3, producerId: 7, producerEpoch: 2, baseSequence: 0);
        await broker.ProduceAsync("a", 1, 4, producerId: 7, producerEpoch: 2, baseSequence: 3);
        await broker.ProduceAsync("a", 1, 1, producerId: 8, producerEpoch: 0, baseSequence: 0);
        await broker.ProduceAsync("a", 1, 9);

        var response = await AskAsync(broker, "a", 0, 1);

        Assert.Equal([0, 1], response.Topics[0].Partitions.Select(partition => partition.PartitionIndex));
        Assert.Empty(response.Topics[0].Partitions[0].ActiveProducers);
        Assert.Equal(
            [(7L, 2, 6, -1, -1L), (8L, 0, 0, -1, -1L)],
            response.Topics[0].Partitions[1].ActiveProducers
                .Select(producer => (
                    producer.ProducerId,
                    producer.ProducerEpoch,
                    producer.LastSequence,
                    producer.CoordinatorEpoch,
                    producer.CurrentTxnStartOffset))
                .Order());

        // When the broker took the batches, whatever timestamps the client gave them.
        Assert.All(response.Topics[0].Partitions[1].ActiveProducers, producer => Assert.True(producer.LastTimestamp > 1_000_000));
    }

    [Theory]
    [InlineData("a", 5, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("unknown", 0, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("a/b", 0, ErrorCode.InvalidTopicException)]
    [InlineData("a", 0, ErrorCode.NotLeaderOrFollower)]
    public async Task What_is_not_led_here_is_refused(string topic, int partition, ErrorCode expected)
    {
        await using var broker = await Requests.TestBroker.StartAsync(leads: false);
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(expected, Assert.Single((await AskAsync(broker, topic, partition)).Topics[0].Partitions).ErrorCode);
    }

    [Fact]
    public async Task A_partition_whose_producers_can_not_be_read_says_so_and_the_others_show_theirs()
    {
        await using var cluster = new TestCluster();
        var broker = await cluster.StartAsync();
        await cluster.CreateTopicAsync("a", 2, ("segment.bytes", "1"));
        await broker.MustProduceAsync("a", 0, Batches.Idempotent(7, 0, 0, "x"));
        await broker.MustProduceAsync("a", 1, Batches.Idempotent(8, 0, 0, "y"));
        await Support.TestBroker.UntilAsync(() => broker.Log("a").MergedThroughOffset == 1 && broker.Log("a", 1).MergedThroughOffset == 1);
        var next = await cluster.CrashAndRestartAsync(broker);
        next.Faults.FailBefore(StoreOperation.ObjectRead, "/manifest/");

        var partitions = (await next.SendAsync<DescribeProducersResponse>(Request("a", 0, 1), 0)).Topics[0].Partitions;

        Assert.Equal([ErrorCode.KafkaStorageError, ErrorCode.None], partitions.Select(partition => partition.ErrorCode));
        Assert.Equal(8, Assert.Single(partitions[1].ActiveProducers).ProducerId);
    }

    [Fact]
    public async Task A_failure_of_the_broker_is_told_for_every_partition()
    {
        await using var broker = await Requests.TestBroker.StartAsync();

        var response = broker.Fail<DescribeProducersResponse>(Request("a", 0), 0, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Topics[0].Partitions).ErrorCode);
    }

    private static DescribeProducersRequest Request(string topic, params int[] partitions) =>
        new() { Topics = [new TopicRequest { Name = topic, PartitionIndexes = [.. partitions] }] };

    private static Task<DescribeProducersResponse> AskAsync(Requests.TestBroker broker, string topic, params int[] partitions) =>
        broker.AskAsync<DescribeProducersResponse>(Request(topic, partitions), 0);
}
