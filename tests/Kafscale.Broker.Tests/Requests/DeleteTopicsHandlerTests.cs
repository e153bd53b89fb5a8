using Kafscale.Metadata;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DeleteTopicsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DeleteTopicsHandlerTests
{
    private const short Newest = 6;

    private static readonly Guid UnknownId = new(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.DeleteTopics);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_deleted_topic_is_gone_when_the_answer_comes(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 3), NewTopic("b"));
        broker.Cluster.TryGetTopic("a", out var topic);

        var response = await broker.AskAsync<DeleteTopicsResponse>(ByName(version, "a", "unknown"), version);

        Assert.Equal(
            [("a", ErrorCode.None), ("unknown", ErrorCode.UnknownTopicOrPartition)],
            response.Responses.Select(answer => (answer.Name, answer.ErrorCode)));
        Assert.Equal(["b"], broker.Cluster.Topics.Select(known => known.Name));
        Assert.All(topic!.Partitions, log => Assert.True(log.IsRemoved));
        Assert.Equal(("a", 3), (broker.Cluster.Deletions[topic.Id].Name, broker.Cluster.Deletions[topic.Id].PartitionCount));
        Assert.Empty(await PartitionKeysAsync(broker, topic.Id));
        if (version >= 6)
        {
            Assert.Equal([topic.Id, Guid.Empty], response.Responses.Select(answer => answer.TopicId));
        }
    }

    [Fact]
    public async Task A_topic_is_deleted_by_its_id()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"), NewTopic("b"));
        broker.Cluster.TryGetTopic("a", out var topic);

        var response = await AskAsync(broker, new DeleteTopicState { TopicId = topic!.Id }, new DeleteTopicState { TopicId = UnknownId });

        Assert.Equal(
            [("a", topic.Id, ErrorCode.None), (null, UnknownId, ErrorCode.UnknownTopicId)],
            response.Responses.Select(answer => (answer.Name, answer.TopicId, answer.ErrorCode)));
        Assert.Equal(["b"], broker.Cluster.Topics.Select(known => known.Name));
    }

    [Fact]
    public async Task What_is_ambiguous_or_twice_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"), NewTopic("b"));
        broker.Cluster.TryGetTopic("b", out var b);

        var response = await AskAsync(
            broker,
            new DeleteTopicState(),
            new DeleteTopicState { Name = "a" },
            new DeleteTopicState { Name = "a" },
            new DeleteTopicState { TopicId = b!.Id },
            new DeleteTopicState { TopicId = b.Id },
            new DeleteTopicState { Name = "b", TopicId = b.Id });

        Assert.Equal(4, response.Responses.Count);
        Assert.All(response.Responses, answer => Assert.Equal(ErrorCode.InvalidRequest, answer.ErrorCode));
        Assert.Equal(2, broker.Cluster.Topics.Count);
    }

    [Fact]
    public async Task A_topic_created_again_is_another_one()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));
        await broker.ProduceAsync("a", 0, 5);
        var first = broker.Cluster.Topics.Single();

        await broker.AskAsync<DeleteTopicsResponse>(ByName(Newest, "a"), Newest);
        await broker.CreateAsync(NewTopic("a"));

        var second = broker.Cluster.Topics.Single();
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(0, second.Partitions[0].HighWatermark);
        await broker.ProduceAsync("a", 0, 1);
        Assert.Equal(1, second.Partitions[0].HighWatermark);
    }

    [Fact]
    public async Task Deletion_can_be_switched_off()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", DeleteTopics = false });
        await broker.CreateAsync(NewTopic("a"));

        var response = await broker.AskAsync<DeleteTopicsResponse>(ByName(Newest, "a"), Newest);

        Assert.Equal(ErrorCode.TopicDeletionDisabled, Assert.Single(response.Responses).ErrorCode);
        Assert.Single(broker.Cluster.Topics);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_topic(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<DeleteTopicsResponse>(ByName(version, "a"), version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Responses).ErrorCode);
    }

    private static DeleteTopicsRequest ByName(short version, params string[] names) => version >= 6
        ? new DeleteTopicsRequest { Topics = [.. names.Select(name => new DeleteTopicState { Name = name })] }
        : new DeleteTopicsRequest { TopicNames = [.. names] };

    private static Task<DeleteTopicsResponse> AskAsync(TestBroker broker, params DeleteTopicState[] topics) =>
        broker.AskAsync<DeleteTopicsResponse>(new DeleteTopicsRequest { Topics = [.. topics] }, Newest);

    private static async Task<IReadOnlyList<MetadataEntry>> PartitionKeysAsync(TestBroker broker, Guid topicId)
    {
        var keys = KeyRange.Prefix(broker.Services.MetadataKeys.TopicPartitions(topicId));
        return (await broker.Store.RangeAsync(keys, 0, 0, TestContext.Current.CancellationToken)).Entries;
    }
}
