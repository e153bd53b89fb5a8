using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.MetadataRequest;
using static Kafscale.Protocol.Messages.MetadataResponse;

namespace Kafscale.Broker.Tests.Requests;

public sealed class MetadataHandlerTests
{
    private const short Newest = 13;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.Metadata);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_topic_is_described_with_its_leaders(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("orders", 2), NewTopic("others"));
        broker.Cluster.TryGetTopic("orders", out var known);

        var response = await AskAsync(broker, version, Named("orders"));

        var node = Assert.Single(response.Brokers);
        Assert.Equal((0, "broker.test", 9092), (node.NodeId, node.Host, node.Port));
        Assert.Equal(version >= 1 ? "rack-1" : null, node.Rack);
        Assert.Equal(version >= 1 ? 0 : -1, response.ControllerId);
        var topic = Assert.Single(response.Topics);
        Assert.Equal((ErrorCode.None, "orders"), (topic.ErrorCode, topic.Name));
        Assert.Equal(version >= 10 ? known!.Id : Guid.Empty, topic.TopicId);
        Assert.False(topic.IsInternal);
        Assert.Equal([0, 1], topic.Partitions.Select(partition => partition.PartitionIndex));
        Assert.All(topic.Partitions, partition =>
        {
            Assert.Equal((ErrorCode.None, 0), (partition.ErrorCode, partition.LeaderId));
            Assert.Equal(version >= 7 ? 0 : -1, partition.LeaderEpoch);
            Assert.Equal([0], partition.ReplicaNodes);
            Assert.Equal([0], partition.IsrNodes);
            Assert.Empty(partition.OfflineReplicas);
        });
    }

    [Fact]
    public async Task A_broker_whose_session_has_ended_sends_clients_to_the_others_where_there_are_any()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("orders"));
        broker.Cluster.LoseSession(broker.Cluster.Brokers[0].Session);
        Assert.Equal(0, LeaderIn(await AskAsync(broker, Newest, Named("orders"))));

        await using var other = await TestBroker.StartAsync(broker.Store, new ClusterOptions { NodeId = 1, LogDirectory = "memory" }, leads: false);
        await broker.Cluster.UntilAsync(() => broker.Cluster.Brokers.Count == 2, TestContext.Current.CancellationToken);

        var response = await AskAsync(broker, Newest, Named("orders"));
        Assert.Equal([0, 1], response.Brokers.Select(node => node.NodeId));
        Assert.Equal(1, LeaderIn(response));
        Assert.Equal(1, response.ControllerId);

        static int LeaderIn(MetadataResponse response) => response.Topics[0].Partitions[0].LeaderId;
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task All_topics_are_an_empty_list_in_version_0_and_null_later(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("b"), NewTopic("a"));

        var response = await broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = version == 0 ? [] : null }, version);

        Assert.Equal(["a", "b"], response.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task An_empty_list_is_no_topics_from_version_1_on()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Empty((await AskAsync(broker, 1)).Topics);
        Assert.Empty((await AskAsync(broker, Newest)).Topics);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task An_unknown_topic_is_created_and_answered_at_once(short version)
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", DefaultPartitions = 3 });

        var topic = Assert.Single((await AskAsync(broker, version, Named("new"))).Topics);

        Assert.Equal(ErrorCode.None, topic.ErrorCode);
        Assert.Equal([0, 0, 0], topic.Partitions.Select(partition => partition.LeaderId));
    }

    [Fact]
    public async Task Nothing_is_created_where_the_client_does_not_want_it()
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [Named("new")], AllowAutoTopicCreation = false }, Newest);

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single(response.Topics).ErrorCode);
        Assert.Empty(broker.Cluster.Topics);
    }

    [Fact]
    public async Task Nothing_is_created_where_the_broker_does_not_want_it()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", AutoCreateTopics = false });

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await AskAsync(broker, Newest, Named("new"))).Topics).ErrorCode);
        Assert.Empty(broker.Cluster.Topics);
    }

    [Theory]
    [InlineData("a/b", ErrorCode.InvalidTopicException)]
    [InlineData("", ErrorCode.InvalidTopicException)]
    [InlineData("__consumer_offsets", ErrorCode.UnknownTopicOrPartition)]
    [InlineData("__transaction_state", ErrorCode.UnknownTopicOrPartition)]
    [InlineData("the_re", ErrorCode.InvalidTopicException)]
    public async Task Topics_that_can_not_be_are_not_created(string name, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("the.re"));

        Assert.Equal(expected, Assert.Single((await AskAsync(broker, Newest, Named(name))).Topics).ErrorCode);
        Assert.Equal(["the.re"], broker.Cluster.Topics.Select(topic => topic.Name));
    }

    [Fact]
    public async Task A_topic_that_exceeds_a_limit_stays_unknown()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", MaxPartitions = 0 });

        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Assert.Single((await AskAsync(broker, Newest, Named("new"))).Topics).ErrorCode);
    }

    [Fact]
    public async Task A_topic_asked_for_twice_is_answered_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"), NewTopic("b"));

        Assert.Equal(["b", "a"], (await AskAsync(broker, Newest, Named("b"), Named("a"), Named("b"))).Topics.Select(topic => topic.Name));
    }

    [Theory]
    [InlineData(12)]
    [InlineData(13)]
    public async Task A_topic_is_found_by_its_id(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));
        var id = broker.Cluster.Topics.Single().Id;
        var unknown = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

        var response = await AskAsync(
            broker, version, new MetadataRequestTopic { TopicId = id, Name = null }, new MetadataRequestTopic { TopicId = unknown, Name = null });

        Assert.Equal(
            [(ErrorCode.None, "a", id), (ErrorCode.UnknownTopicId, null, unknown)],
            response.Topics.Select(topic => (topic.ErrorCode, topic.Name, topic.TopicId)));
        Assert.Single(broker.Cluster.Topics);
    }

    [Fact]
    public async Task Versions_that_can_not_answer_ids_refuse_them()
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await AskAsync(broker, 10, new MetadataRequestTopic { TopicId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), Name = null });

        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(response.Topics).ErrorCode);
    }

    [Fact]
    public async Task A_topic_without_name_and_id_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();

        var response = await AskAsync(broker, Newest, new MetadataRequestTopic { Name = null });

        Assert.Equal(ErrorCode.InvalidRequest, Assert.Single(response.Topics).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_partition_that_nobody_leads_says_so(short version)
    {
        await using var broker = await TestBroker.StartAsync(leads: false);
        await broker.CreateAsync(NewTopic("a"));

        var partition = Assert.Single(Assert.Single((await AskAsync(broker, version, Named("a"))).Topics).Partitions);

        Assert.Equal((ErrorCode.LeaderNotAvailable, -1), (partition.ErrorCode, partition.LeaderId));
    }

    [Fact]
    public async Task A_partition_whose_leader_has_gone_shows_it_as_offline()
    {
        await using var store = new Metadata.Memory.MemoryMetadataStore(TimeProvider.System);
        await using var watcher = await TestBroker.StartAsync(store, new() { NodeId = 1, LogDirectory = "memory" }, leads: false);
        await using (var leader = await TestBroker.StartAsync(store))
        {
            await leader.CreateAsync(NewTopic("a"));
        }

        await watcher.Services.Follower.CatchUpAsync(TestContext.Current.CancellationToken);
        var response = await AskAsync(watcher, Newest, Named("a"));

        var partition = Assert.Single(Assert.Single(response.Topics).Partitions);
        Assert.Equal((ErrorCode.LeaderNotAvailable, -1), (partition.ErrorCode, partition.LeaderId));
        Assert.Equal([0, 1], partition.ReplicaNodes);
        Assert.Equal([0], partition.OfflineReplicas);
        Assert.Equal([0, 1], response.Brokers.Select(broker => broker.NodeId));
    }

    [Theory]
    [InlineData(8, true)]
    [InlineData(10, true)]
    [InlineData(11, false)]
    public async Task Authorized_operations_are_told_where_they_are_asked_for(short version, bool hasClusterOperations)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        var asked = await broker.AskAsync<MetadataResponse>(
            new MetadataRequest { Topics = null, IncludeTopicAuthorizedOperations = true, IncludeClusterAuthorizedOperations = hasClusterOperations }, version);
        var notAsked = await broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = null }, version);

        Assert.Equal(AuthorizedOperations.Topic, asked.Topics[0].TopicAuthorizedOperations);
        Assert.Equal(hasClusterOperations ? AuthorizedOperations.Cluster : int.MinValue, asked.ClusterAuthorizedOperations);
        Assert.Equal((int.MinValue, int.MinValue), (notAsked.Topics[0].TopicAuthorizedOperations, notAsked.ClusterAuthorizedOperations));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_topic(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<MetadataResponse>(new MetadataRequest { Topics = [Named("a")] }, version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Topics).ErrorCode);
    }

    private static MetadataRequestTopic Named(string name) => new() { Name = name };

    private static Task<MetadataResponse> AskAsync(TestBroker broker, short version, params MetadataRequestTopic[] topics) =>
        broker.AskAsync<MetadataResponse>(new MetadataRequest { Topics = [.. topics] }, version);
}
