using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;

namespace Kafscale.Broker.Tests.Requests;

public sealed class ManyPartitionsTests
{
    [Fact]
    public async Task Ten_thousand_partitions_are_created_led_and_described()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync([.. Enumerable.Range(0, 1_000).Select(i => NewTopic($"t{i:D4}", 10))]);

        var response = await broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = null }, 13);

        Assert.Equal(1_000, response.Topics.Count);
        Assert.Equal(10_000, response.Topics.Sum(topic => topic.Partitions.Count(partition => partition.ErrorCode == ErrorCode.None)));
    }

    [Fact]
    public async Task One_topic_has_ten_thousand_partitions()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("big", 10_000));
        var topic = broker.Cluster.Topics.Single();

        Assert.All(topic.Partitions, log => Assert.NotNull(log.Appender));
        Assert.True((await broker.DeleteTopicAsync("big")).IsNone);
        Assert.All(topic.Partitions, log => Assert.Null(log.Appender));
    }
}
