using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.CreatePartitionsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class CreatePartitionsHandlerTests
{
    private const short Newest = 3;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.CreatePartitions);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task New_partitions_are_led_when_the_answer_comes(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        await broker.ProduceAsync("a", 1, 3);

        var response = await broker.AskAsync<CreatePartitionsResponse>(Request("a", 5), version);

        Assert.Equal(("a", ErrorCode.None), (response.Results.Single().Name, response.Results.Single().ErrorCode));
        var topic = broker.Cluster.Topics.Single();
        Assert.Equal(5, topic.Partitions.Count);
        Assert.All(topic.Partitions, log => Assert.NotNull(log.Appender));
        Assert.Equal(3, topic.Partitions[1].HighWatermark);
    }

    [Theory]
    [InlineData("a", 2, ErrorCode.InvalidPartitions)]
    [InlineData("a", 1, ErrorCode.InvalidPartitions)]
    [InlineData("a", 0, ErrorCode.InvalidPartitions)]
    [InlineData("a", -1, ErrorCode.InvalidPartitions)]
    [InlineData("a", int.MaxValue, ErrorCode.InvalidPartitions)]
    [InlineData("unknown", 3, ErrorCode.UnknownTopicOrPartition)]
    [InlineData("a/b", 3, ErrorCode.UnknownTopicOrPartition)]
    public async Task What_is_no_increase_of_a_topic_is_refused(string topic, int count, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));

        var result = (await broker.AskAsync<CreatePartitionsResponse>(Request(topic, count), Newest)).Results.Single();

        Assert.Equal(expected, result.ErrorCode);
        Assert.NotNull(result.ErrorMessage);
        Assert.Equal(2, broker.Cluster.Topics.Single().Partitions.Count);
    }

    [Fact]
    public async Task Validating_only_adds_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        var request = Request("a", 3);
        request.ValidateOnly = true;

        Assert.Equal(ErrorCode.None, (await broker.AskAsync<CreatePartitionsResponse>(request, Newest)).Results.Single().ErrorCode);
        Assert.Equal(2, broker.Cluster.Topics.Single().Partitions.Count);
    }

    [Fact]
    public async Task A_topic_twice_in_one_request_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        var request = Request("a", 3);
        request.Topics.Add(new CreatePartitionsTopic { Name = "a", Count = 4, Assignments = null });

        Assert.Equal(ErrorCode.InvalidRequest, (await broker.AskAsync<CreatePartitionsResponse>(request, Newest)).Results.Single().ErrorCode);
    }

    [Theory]
    [InlineData(2, 0, ErrorCode.None)]
    [InlineData(1, 0, ErrorCode.InvalidReplicaAssignment)]
    [InlineData(2, 9, ErrorCode.InvalidReplicaAssignment)]
    public async Task Assignments_are_checked(int assignments, int brokerId, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 2));
        var request = Request("a", 4);
        request.Topics[0].Assignments = [.. Enumerable.Range(0, assignments).Select(_ => new CreatePartitionsAssignment { BrokerIds = [brokerId] })];

        Assert.Equal(expected, (await broker.AskAsync<CreatePartitionsResponse>(request, Newest)).Results.Single().ErrorCode);
    }

    [Fact]
    public async Task The_cluster_has_a_limit_of_partitions()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", MaxPartitions = 5 });
        await broker.CreateAsync(NewTopic("a", 2), NewTopic("b", 2));

        Assert.Equal(ErrorCode.PolicyViolation, (await broker.AskAsync<CreatePartitionsResponse>(Request("a", 4), Newest)).Results.Single().ErrorCode);
        Assert.Equal(ErrorCode.None, (await broker.AskAsync<CreatePartitionsResponse>(Request("a", 3), Newest)).Results.Single().ErrorCode);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_topic(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<CreatePartitionsResponse>(Request("a", 3), version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Results).ErrorCode);
    }

    private static CreatePartitionsRequest Request(string topic, int count) =>
        new() { TimeoutMs = 30_000, Topics = [new CreatePartitionsTopic { Name = topic, Count = count, Assignments = null }] };
}
