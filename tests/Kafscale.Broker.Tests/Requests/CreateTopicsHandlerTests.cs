using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.CreateTopicsRequest;
using static Kafscale.Protocol.Messages.CreateTopicsResponse;

namespace Kafscale.Broker.Tests.Requests;

public sealed class CreateTopicsHandlerTests
{
    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.CreateTopics);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_created_topic_is_led_when_the_answer_comes(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var created = await CreateOneAsync(broker, NewTopic("orders", 3, 3, ("retention.ms", "1000")), version);

        Assert.Equal(ErrorCode.None, created.ErrorCode);
        Assert.True(broker.Cluster.TryGetTopic("orders", out var topic));
        Assert.Equal(3, topic.Partitions.Count);
        Assert.All(topic.Partitions, log => Assert.NotNull(log.Appender));
        Assert.Equal(1_000, topic.Configuration.RetentionMs);
        if (version >= 5)
        {
            Assert.Equal(3, created.NumPartitions);
            Assert.Equal(1, created.ReplicationFactor);
            Assert.Equal("1000", created.Configs!.Single(config => config.Name == "retention.ms").Value);
            Assert.Equal((sbyte)ConfigSource.DynamicTopicConfig, created.Configs!.Single(config => config.Name == "retention.ms").ConfigSource);
            Assert.Equal((sbyte)ConfigSource.DefaultConfig, created.Configs!.Single(config => config.Name == "segment.bytes").ConfigSource);
        }

        Assert.Equal(version >= 7 ? topic.Id : Guid.Empty, created.TopicId);
    }

    [Fact]
    public async Task Minus_one_partitions_are_the_brokers_default()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", DefaultPartitions = 7 });

        Assert.Equal(7, (await CreateOneAsync(broker, NewTopic("orders", -1))).NumPartitions);
    }

    [Theory]
    [InlineData("", ErrorCode.InvalidTopicException)]
    [InlineData(".", ErrorCode.InvalidTopicException)]
    [InlineData("..", ErrorCode.InvalidTopicException)]
    [InlineData("a/b", ErrorCode.InvalidTopicException)]
    [InlineData("a b", ErrorCode.InvalidTopicException)]
    [InlineData("köln", ErrorCode.InvalidTopicException)]
    [InlineData("a\0", ErrorCode.InvalidTopicException)]
    [InlineData("__consumer_offsets", ErrorCode.InvalidTopicException)]
    [InlineData("...", ErrorCode.None)]
    [InlineData("__own", ErrorCode.None)]
    [InlineData("A-z_0.9", ErrorCode.None)]
    public async Task Names_follow_the_rule(string name, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(expected, (await CreateOneAsync(broker, NewTopic(name))).ErrorCode);
    }

    [Theory]
    [InlineData(249, ErrorCode.None)]
    [InlineData(250, ErrorCode.InvalidTopicException)]
    public async Task Names_have_at_most_249_characters(int length, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(expected, (await CreateOneAsync(broker, NewTopic(new string('a', length)))).ErrorCode);
    }

    [Theory]
    [InlineData(0, -1, ErrorCode.InvalidPartitions)]
    [InlineData(-2, -1, ErrorCode.InvalidPartitions)]
    [InlineData(10_001, -1, ErrorCode.InvalidPartitions)]
    [InlineData(int.MaxValue, -1, ErrorCode.InvalidPartitions)]
    [InlineData(1, 0, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, -2, ErrorCode.InvalidReplicationFactor)]
    [InlineData(1, short.MaxValue, ErrorCode.None)]
    public async Task Counts_are_checked(int partitions, short replicationFactor, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(expected, (await CreateOneAsync(broker, NewTopic("orders", partitions, replicationFactor))).ErrorCode);
    }

    [Theory]
    [InlineData("retention.ms", "-2", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", "soon", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", null, ErrorCode.InvalidConfig)]
    [InlineData("retention.msec", "1", ErrorCode.InvalidConfig)]
    [InlineData("cleanup.policy", "compact,delete", ErrorCode.None)]
    [InlineData("cleanup.policy", "compact,forget", ErrorCode.InvalidConfig)]
    [InlineData("compression.gzip.level", "-1", ErrorCode.None)]
    [InlineData("compression.gzip.level", "9", ErrorCode.None)]
    [InlineData("compression.gzip.level", "0", ErrorCode.InvalidConfig)]
    [InlineData("compression.gzip.level", "10", ErrorCode.InvalidConfig)]
    [InlineData("compression.lz4.level", "17", ErrorCode.None)]
    [InlineData("compression.lz4.level", "0", ErrorCode.InvalidConfig)]
    [InlineData("compression.zstd.level", "-131072", ErrorCode.None)]
    [InlineData("compression.zstd.level", "23", ErrorCode.InvalidConfig)]
    [InlineData("leader.replication.throttled.replicas", "*", ErrorCode.None)]
    [InlineData("leader.replication.throttled.replicas", "", ErrorCode.None)]
    [InlineData("follower.replication.throttled.replicas", "0:1, 1:2", ErrorCode.None)]
    [InlineData("follower.replication.throttled.replicas", "0:1,*", ErrorCode.InvalidConfig)]
    [InlineData("follower.replication.throttled.replicas", "0:x", ErrorCode.InvalidConfig)]
    [InlineData("local.retention.ms", "-2", ErrorCode.None)]
    [InlineData("local.retention.ms", "-3", ErrorCode.InvalidConfig)]
    [InlineData("local.retention.bytes", "-1", ErrorCode.None)]
    [InlineData("remote.storage.enable", "true", ErrorCode.None)]
    [InlineData("remote.storage.enable", "True", ErrorCode.None)]
    [InlineData("remote.storage.enable", "yes", ErrorCode.InvalidConfig)]
    [InlineData("remote.log.copy.disable", "false", ErrorCode.None)]
    [InlineData("remote.log.delete.on.disable", "true", ErrorCode.None)]
    public async Task Configurations_are_checked(string name, string? value, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        var created = await CreateOneAsync(broker, NewTopic("orders", 1, -1, (name, value)));

        Assert.Equal(expected, created.ErrorCode);
        Assert.Equal(expected == ErrorCode.None, created.ErrorMessage is null);
    }

    [Fact]
    public async Task A_value_without_end_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();

        var created = await CreateOneAsync(broker, NewTopic("orders", 1, -1, ("cleanup.policy", string.Join(',', Enumerable.Repeat("delete", 1_000)))));

        Assert.Equal(ErrorCode.InvalidConfig, created.ErrorCode);
    }

    [Fact]
    public async Task A_configuration_given_twice_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();

        var created = await CreateOneAsync(broker, NewTopic("orders", 1, -1, ("retention.ms", "1"), ("retention.ms", "2")));

        Assert.Equal(ErrorCode.InvalidRequest, created.ErrorCode);
    }

    [Fact]
    public async Task A_topic_that_exists_is_not_created_again()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("orders"));

        var again = await CreateOneAsync(broker, NewTopic("orders", 5));
        var againWithFault = await CreateOneAsync(broker, NewTopic("orders", 0));

        Assert.Equal(ErrorCode.TopicAlreadyExists, again.ErrorCode);
        Assert.Equal(ErrorCode.TopicAlreadyExists, againWithFault.ErrorCode);
        Assert.Single(broker.Cluster.Topics.Single().Partitions);
    }

    [Fact]
    public async Task A_name_twice_in_one_request_is_refused_and_others_are_created()
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await broker.AskAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [NewTopic("a"), NewTopic("b"), NewTopic("a")] }, NewestCreateTopics);

        Assert.Equal(
            [("a", ErrorCode.InvalidRequest), ("b", ErrorCode.None)],
            response.Topics.Select(topic => (topic.Name, topic.ErrorCode)).Order());
        Assert.Equal(["b"], broker.Cluster.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task Names_that_differ_in_dot_and_underscore_only_collide()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a.b"), NewTopic("ab"));

        Assert.Equal(ErrorCode.InvalidTopicException, (await CreateOneAsync(broker, NewTopic("a_b"))).ErrorCode);
        Assert.Equal(ErrorCode.None, (await CreateOneAsync(broker, NewTopic("a-b"))).ErrorCode);
        Assert.Equal(ErrorCode.TopicAlreadyExists, (await CreateOneAsync(broker, NewTopic("a.b"))).ErrorCode);
    }

    [Fact]
    public async Task Validating_only_creates_nothing_and_finds_the_same_faults()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("there"));

        var response = await broker.AskAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [NewTopic("there"), NewTopic("new", 4), NewTopic("a/b")], ValidateOnly = true }, NewestCreateTopics);

        Assert.Equal(
            [ErrorCode.TopicAlreadyExists, ErrorCode.None, ErrorCode.InvalidTopicException], response.Topics.Select(topic => topic.ErrorCode));
        Assert.Equal(4, response.Topics[1].NumPartitions);
        Assert.Equal(["there"], broker.Cluster.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task The_cluster_has_a_limit_of_partitions()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", MaxPartitions = 10 });
        await broker.CreateAsync(NewTopic("a", 6));

        var response = await broker.AskAsync<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [NewTopic("b", 4), NewTopic("c", 1)] }, NewestCreateTopics);

        Assert.Equal([ErrorCode.None, ErrorCode.PolicyViolation], response.Topics.Select(topic => topic.ErrorCode));
    }

    [Fact]
    public async Task Partitions_may_be_assigned()
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(2, (await CreateOneAsync(broker, Assigned([0, 1], [0]))).NumPartitions);
    }

    [Theory]
    [InlineData(new[] { 0, 2 }, new[] { 0 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(new[] { 0, 0 }, new[] { 0 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(new[] { 0 }, new int[0], ErrorCode.InvalidReplicaAssignment)]
    [InlineData(new[] { 0 }, new[] { 0, 0 }, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(new[] { 0 }, new[] { 9 }, ErrorCode.InvalidReplicaAssignment)]
    public async Task Assignments_are_checked(int[] partitions, int[] brokers, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(expected, (await CreateOneAsync(broker, Assigned(partitions, brokers))).ErrorCode);
    }

    [Fact]
    public async Task Assignments_go_without_counts()
    {
        await using var broker = await TestBroker.StartAsync();
        var topic = Assigned([0], [0]);
        topic.NumPartitions = 1;

        Assert.Equal(ErrorCode.InvalidRequest, (await CreateOneAsync(broker, topic)).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_topic(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<CreateTopicsResponse>(
            new CreateTopicsRequest { Topics = [NewTopic("a"), NewTopic("b")] }, version, ErrorCode.UnknownServerError);

        Assert.Equal([ErrorCode.UnknownServerError, ErrorCode.UnknownServerError], response!.Topics.Select(topic => topic.ErrorCode));
    }

    private static CreatableTopic Assigned(int[] partitions, int[] brokers)
    {
        var topic = NewTopic("assigned", -1);
        topic.Assignments = [.. partitions.Select(partition => new CreatableReplicaAssignment { PartitionIndex = partition, BrokerIds = [.. brokers] })];
        return topic;
    }

    private static async Task<CreatableTopicResult> CreateOneAsync(TestBroker broker, CreatableTopic topic, short version = NewestCreateTopics)
    {
        var response = await broker.AskAsync<CreateTopicsResponse>(new CreateTopicsRequest { Topics = [topic] }, version);
        return Assert.Single(response.Topics);
    }
}
