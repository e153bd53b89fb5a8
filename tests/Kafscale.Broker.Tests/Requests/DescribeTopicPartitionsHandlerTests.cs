using CsCheck;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DescribeTopicPartitionsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DescribeTopicPartitionsHandlerTests
{
    [Fact]
    public async Task Topics_are_described_in_order_with_their_leaders()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("b", 2), NewTopic("a"));
        broker.Cluster.TryGetTopic("b", out var known);

        var response = await AskAsync(broker, Request(2_000, "unknown", "b", "a", "b", "a/b"));

        Assert.Equal(
            [
                ("a", ErrorCode.None), ("a/b", ErrorCode.InvalidTopicException), ("b", ErrorCode.None),
                ("unknown", ErrorCode.UnknownTopicOrPartition),
            ],
            response.Topics.Select(topic => (topic.Name!, topic.ErrorCode)));
        var b = response.Topics[2];
        Assert.Equal(known!.Id, b.TopicId);
        Assert.Equal([0, 1], b.Partitions.Select(partition => partition.PartitionIndex));
        Assert.All(b.Partitions, partition => Assert.Equal((ErrorCode.None, 0, 0), (partition.ErrorCode, partition.LeaderId, partition.LeaderEpoch)));
        Assert.All(b.Partitions, partition => Assert.Equal([0], partition.ReplicaNodes));
        Assert.Null(response.NextCursor);
    }

    [Fact]
    public async Task Without_names_all_topics_are_described()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("b"), NewTopic("a"));

        Assert.Equal(["a", "b"], (await AskAsync(broker, Request(10))).Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_page_ends_within_a_topic_or_behind_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 3), NewTopic("b", 3));

        var within = await AskAsync(broker, Request(2));
        var behind = await AskAsync(broker, Request(3));
        var last = await AskAsync(broker, Request(6));

        Assert.Equal(("a", 2), (within.NextCursor!.TopicName, within.NextCursor.PartitionIndex));
        Assert.Equal(("b", 0), (behind.NextCursor!.TopicName, behind.NextCursor.PartitionIndex));
        Assert.Null(last.NextCursor);
    }

    [Fact]
    public async Task All_pages_together_are_everything_once()
    {
        await using var broker = await TestBroker.StartAsync();
        var counts = Gen.Int[1, 5].Array[6].Generate(new PCG(1), null, out _);
        await broker.CreateAsync([.. counts.Select((count, i) => NewTopic($"t{i}", count))]);
        var expected = counts.SelectMany((count, i) => Enumerable.Range(0, count).Select(partition => ($"t{i}", partition))).ToList();

        for (var limit = 1; limit <= expected.Count; limit++)
        {
            var seen = new List<(string, int)>();
            var request = Request(limit);
            do
            {
                var response = await AskAsync(broker, request);
                Assert.InRange(response.Topics.Sum(topic => topic.Partitions.Count), 1, limit);
                seen.AddRange(response.Topics.SelectMany(topic => topic.Partitions.Select(partition => (topic.Name!, partition.PartitionIndex))));
                request.Cursor = response.NextCursor is { } next
                    ? new PartitionCursor { TopicName = next.TopicName, PartitionIndex = next.PartitionIndex }
                    : null;
            }
            while (request.Cursor is not null);

            Assert.Equal(expected, seen);
        }
    }

    [Fact]
    public async Task A_page_has_at_most_2000_partitions_and_at_least_one()
    {
        await using var broker = await TestBroker.StartAsync(leads: false);
        await broker.CreateAsync(NewTopic("a", 2_500));

        Assert.Equal(2_000, (await AskAsync(broker, Request(int.MaxValue))).Topics[0].Partitions.Count);
        Assert.Single((await AskAsync(broker, Request(-5))).Topics[0].Partitions);
    }

    [Fact]
    public async Task A_cursor_at_a_topic_that_has_gone_goes_on_behind_it()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"), NewTopic("c"));
        var request = Request(10);
        request.Cursor = new PartitionCursor { TopicName = "b", PartitionIndex = 7 };

        Assert.Equal(["c"], (await AskAsync(broker, request)).Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_cursor_behind_the_last_partition_finds_none()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        var request = Request(10);
        request.Cursor = new PartitionCursor { TopicName = "a", PartitionIndex = int.MaxValue };

        var response = await AskAsync(broker, request);

        Assert.Empty(Assert.Single(response.Topics).Partitions);
        Assert.Null(response.NextCursor);
    }

    [Fact]
    public async Task A_cursor_before_the_first_partition_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        var request = Request(10, "a");
        request.Cursor = new PartitionCursor { TopicName = "a", PartitionIndex = -1 };

        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single((await AskAsync(broker, request)).Topics).ErrorCode);
    }

    private static DescribeTopicPartitionsRequest Request(int limit, params string[] names) =>
        new() { ResponsePartitionLimit = limit, Topics = [.. names.Select(name => new TopicRequest { Name = name })] };

    private static Task<DescribeTopicPartitionsResponse> AskAsync(TestBroker broker, DescribeTopicPartitionsRequest request) =>
        broker.AskAsync<DescribeTopicPartitionsResponse>(request, 0);
}
