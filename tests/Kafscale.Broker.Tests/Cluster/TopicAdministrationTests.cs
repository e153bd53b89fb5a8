using CsCheck;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Tests.Requests;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;

namespace Kafscale.Broker.Tests.Cluster;

public sealed class TopicAdministrationTests : IAsyncDisposable
{
    private const int TimeoutMs = 30_000;

    private readonly MemoryMetadataStore _memory = new(TimeProvider.System);
    private readonly UnreliableMetadataStore _store;

    public TopicAdministrationTests()
    {
        _store = new UnreliableMetadataStore(_memory);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _memory.DisposeAsync();

    [Fact]
    public async Task Of_several_who_create_a_topic_exactly_one_does()
    {
        await using var first = await StartAsync(0);
        await using var second = await StartAsync(1);

        var results = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(
            async () => (await (i % 2 == 0 ? first : second).Topics.CreateAsync([NewTopic("a", i + 1)], false, TimeoutMs, Token))[0], Token)));

        var winner = Assert.Single(results, result => result.Error.IsNone);
        Assert.All(results.Where(result => result != winner), result => Assert.Equal(ErrorCode.TopicAlreadyExists, result.Error.Code));
        Assert.All([first, second], broker => Assert.Equal((winner.Id, winner.PartitionCount), Only(broker)));

        static (Guid, int) Only(TestBroker broker) => (broker.Cluster.Topics.Single().Id, broker.Cluster.Topics.Single().Partitions.Count);
    }

    [Fact]
    public async Task Overlapping_requests_create_every_topic_once()
    {
        await using var first = await StartAsync(0);
        await using var second = await StartAsync(1);

        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(
            () => (i % 2 == 0 ? first : second).Topics.CreateAsync(
                [.. Enumerable.Range(i * 50, 250).Select(topic => NewTopic($"t{topic}"))], false, TimeoutMs, Token),
            Token)));

        var created = results.SelectMany(result => result).Where(result => result.Error.IsNone).Select(result => result.Name).ToList();
        Assert.Equal(600, created.Count);
        Assert.Equal(600, created.Distinct().Count());
    }

    [Fact]
    public async Task A_creation_whose_answer_was_lost_is_recognised()
    {
        await using var broker = await StartAsync(0);
        _store.AnswersToLose = 1;

        var created = (await broker.Topics.CreateAsync([NewTopic("a"), NewTopic("b")], false, TimeoutMs, Token)).ToList();

        Assert.All(created, topic => Assert.Equal(ErrorCode.None, topic.Error.Code));
        Assert.Equal(["a", "b"], broker.Cluster.Topics.Select(topic => topic.Name).Order());
    }

    [Fact]
    public async Task A_store_that_stays_silent_is_a_timeout()
    {
        await using var broker = await StartAsync(0);
        await broker.CreateAsync(NewTopic("there"));

        _store.CommitsToRefuse = 3;
        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.Topics.CreateAsync([NewTopic("a")], false, TimeoutMs, Token))[0].Error.Code);
        _store.CommitsToRefuse = 3;
        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.DeleteTopicAsync("there")).Code);
        _store.CommitsToRefuse = 3;
        Assert.Equal(ErrorCode.RequestTimedOut, (await broker.AddPartitionsAsync("there", 2)).Code);
        _store.CommitsToRefuse = 3;
        Assert.Equal(ErrorCode.RequestTimedOut, (await AlterAsync(broker, "there", "retention.ms", "1")).Code);
        Assert.Equal(["there"], broker.Cluster.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task Changes_whose_answers_were_lost_are_done_once()
    {
        await using var broker = await StartAsync(0);
        await broker.CreateAsync(NewTopic("a"));

        _store.AnswersToLose = 1;
        Assert.True((await AlterAsync(broker, "a", "retention.ms", "1")).IsNone);
        _store.AnswersToLose = 1;
        Assert.True((await broker.AddPartitionsAsync("a", 3)).IsNone);
        Assert.Equal(3, broker.Cluster.Topics.Single().Partitions.Count);
        _store.AnswersToLose = 1;
        Assert.True((await broker.DeleteTopicAsync("a")).IsNone);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.DeleteTopicAsync("a")).Code);
    }

    [Fact]
    public async Task A_deletion_does_not_take_the_topic_that_was_created_anew_in_between()
    {
        await using var broker = await StartAsync(0);
        await using var other = await StartAsync(1);
        await broker.CreateAsync(NewTopic("a"));
        var first = broker.Cluster.Topics.Single().Id;
        await other.Services.Follower.CatchUpAsync(Token);
        _store.BeforeNextCommit = async () =>
        {
            await other.DeleteTopicAsync("a");
            await other.CreateAsync(NewTopic("a"));
        };

        var error = await broker.DeleteTopicAsync("a", first);

        Assert.Equal(ErrorCode.UnknownTopicId, error.Code);
        await broker.Services.Follower.CatchUpAsync(Token);
        Assert.NotEqual(first, broker.Cluster.Topics.Single().Id);
    }

    [Fact]
    public async Task A_change_meets_what_another_broker_did_in_between()
    {
        await using var broker = await StartAsync(0);
        await using var other = await StartAsync(1);
        await broker.CreateAsync(NewTopic("a"));
        await other.Services.Follower.CatchUpAsync(Token);
        _store.BeforeNextCommit = () => AlterAsync(other, "a", "segment.ms", "2");

        Assert.True((await AlterAsync(broker, "a", "retention.ms", "1")).IsNone);

        Assert.Equal(["retention.ms=1", "segment.ms=2"], Configs(broker, "a"));
    }

    [Fact]
    public async Task Concurrent_alterations_lose_nothing()
    {
        await using var first = await StartAsync(0);
        await using var second = await StartAsync(1);
        await first.CreateAsync(NewTopic("a"));
        string[] names = [.. TopicConfigs.All.Values.Where(config => config.Type == ConfigType.Long).Select(config => config.Name).Order()];

        await Gen.Shuffle(names).SampleAsync(
            async order =>
            {
                await Task.WhenAll(order.Select((name, i) => Task.Run(() => AlterAsync(i % 2 == 0 ? first : second, "a", name, $"{1 + i}"), Token)));
                await first.Services.Follower.CatchUpAsync(Token);
                Assert.Equal(order.Select((name, i) => $"{name}={1 + i}").Order(), Configs(first, "a"));
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public async Task Creating_deleting_and_altering_at_once_leaves_no_partition_behind()
    {
        await using var first = await StartAsync(0);
        await using var second = await StartAsync(1);
        var operations = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Bool).Array[40];

        await operations.SampleAsync(
            async steps =>
            {
                await Task.WhenAll(steps.Select(step => Task.Run(() => DoAsync(step.Item3 ? first : second, step.Item1, $"t{step.Item2}"), Token)));
                await first.Services.Follower.CatchUpAsync(Token);
                var topics = first.Cluster.Topics.ToDictionary(topic => topic.Id);
                var partitions = await _memory.RangeAsync(KeyRange.Prefix(first.Services.MetadataKeys.Partitions), 0, 0, Token);
                Assert.All(partitions.Entries, entry =>
                {
                    Assert.True(first.Services.MetadataKeys.TryParsePartition(entry.Key, out var topicId, out var partition));
                    Assert.True(topics.ContainsKey(topicId), $"{entry.Key} belongs to no topic.");
                    Assert.InRange(partition, 0, topics[topicId].Partitions.Count - 1);
                });
                Assert.All(topics.Keys, id => Assert.False(first.Cluster.Deletions.ContainsKey(id)));
            },
            iter: 20,
            threads: 1);
    }

    [Fact]
    public async Task Topics_are_the_same_to_a_broker_that_starts_later()
    {
        await using (var broker = await StartAsync(0))
        {
            await broker.CreateAsync(NewTopic("a", 3, -1, ("retention.ms", "1")), NewTopic("b"));
            await broker.AddPartitionsAsync("a", 5);
            await AlterAsync(broker, "a", "cleanup.policy", "compact");
            await broker.DeleteTopicAsync("b");
        }

        await using var later = await StartAsync(0);

        var topic = later.Cluster.Topics.Single();
        Assert.Equal(("a", 5), (topic.Name, topic.Partitions.Count));
        Assert.Equal(["cleanup.policy=compact", "retention.ms=1"], Configs(later, "a"));
        Assert.Single(later.Cluster.Deletions);
        Assert.All(topic.Partitions, log => Assert.NotNull(log.Appender));
    }

    [Fact]
    public async Task What_a_later_version_keeps_in_a_topic_survives_changes()
    {
        await using var broker = await StartAsync(0);
        await broker.CreateAsync(NewTopic("a"));
        var key = broker.Services.MetadataKeys.Topic("a");
        var stored = (await _memory.RangeAsync(KeyRange.Key(key), 0, 0, Token)).Entries[0].Value.ToArray();

        // Field 100, a varint of 7.
        byte[] unknown = [0xa0, 0x06, 0x07];
        await _memory.CommitAsync(new() { Then = [new Operation.Put(key, (byte[])[.. stored, .. unknown])] }, Token);
        await AlterAsync(broker, "a", "retention.ms", "1");

        var changed = (await _memory.RangeAsync(KeyRange.Key(key), 0, 0, Token)).Entries[0].Value;
        Assert.True(changed.Span.IndexOf(unknown) >= 0);
        Assert.NotEqual(0, TopicRecord.Parser.ParseFrom(changed.Span).CreatedAtMs);
    }

    [Fact]
    public async Task A_topic_is_created_even_where_nobody_can_lead_it_now()
    {
        await using var broker = await TestBroker.StartAsync(_store, leads: false);

        Assert.True((await broker.Topics.CreateAsync([NewTopic("a")], false, 0, Token))[0].Error.IsNone);
        Assert.Null(broker.Cluster.Topics.Single().Partitions[0].Appender);
    }

    [Fact]
    public async Task A_topic_is_created_even_where_another_partition_can_not_be_led()
    {
        await using var broker = await StartAsync(0);
        broker.LeadershipFailure = new InvalidDataException("the manifest of another partition");

        Assert.True((await broker.Topics.CreateAsync([NewTopic("a")], false, TimeoutMs, Token))[0].Error.IsNone);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("\ud800")]
    [InlineData("\u00e9")]
    public async Task Names_that_no_topic_can_have_are_unknown_topics(string name)
    {
        await using var broker = await StartAsync(0);

        foreach (var odd in (string[])[name, string.Concat(Enumerable.Repeat(name, 2_000))])
        {
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.DeleteTopicAsync(odd)).Code);
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await broker.AddPartitionsAsync(odd, 2)).Code);
            Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await AlterAsync(broker, odd, "retention.ms", "1")).Code);
            Assert.Equal(ErrorCode.InvalidTopicException, (await broker.Topics.CreateAsync([NewTopic(odd)], false, TimeoutMs, Token))[0].Error.Code);
        }
    }

    [Fact]
    public async Task A_lost_answer_to_a_mixed_request_is_sorted_out()
    {
        await using var broker = await StartAsync(0);
        await broker.CreateAsync(NewTopic("b"));
        _store.AnswersToLose = 2;

        var created = await broker.Topics.CreateAsync([NewTopic("a"), NewTopic("b"), NewTopic("c")], false, TimeoutMs, Token);

        Assert.Equal([ErrorCode.None, ErrorCode.TopicAlreadyExists, ErrorCode.None], created.Select(topic => topic.Error.Code));
        Assert.Equal(["a", "b", "c"], broker.Cluster.Topics.Select(topic => topic.Name).Order());
    }

    private static async Task<ApiError> AlterAsync(TestBroker broker, string topic, string name, string value) =>
        Assert.Single(await broker.Configs.AlterAsync(
            [
                new ConfigAlteration
                {
                    ResourceType = ConfigResourceType.Topic,
                    ResourceName = topic,
                    Changes = [new ConfigChange(name, ConfigOperation.Set, value)],
                    ReplacesAll = false,
                    ValidateOnly = false,
                },
            ],
            Token));

    private static IEnumerable<string> Configs(TestBroker broker, string topic)
    {
        Assert.True(broker.Cluster.TryGetTopic(topic, out var known));
        return known.Configs.Select(config => $"{config.Key}={config.Value}").Order();
    }

    private static async Task DoAsync(TestBroker broker, int what, string topic)
    {
        switch (what)
        {
            case 0:
                await broker.Topics.CreateAsync([NewTopic(topic, 2)], false, TimeoutMs, Token);
                break;
            case 1:
                await broker.DeleteTopicAsync(topic);
                break;
            case 2:
                await broker.AddPartitionsAsync(topic, 3);
                break;
            default:
                await AlterAsync(broker, topic, "retention.ms", "1");
                break;
        }
    }

    private Task<TestBroker> StartAsync(int nodeId) => TestBroker.StartAsync(_store, new() { NodeId = nodeId, LogDirectory = "memory" });
}
