using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.AlterConfigsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class AlterConfigsHandlerTests
{
    private const short Newest = 2;
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.AlterConfigs);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Everything_that_was_set_is_replaced(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "1"), ("segment.ms", "2")));

        var error = await AlterAsync(broker, version, false, Resource(Topic, "a", ("retention.ms", "3"), ("cleanup.policy", "compact")));

        Assert.Equal([ErrorCode.None], error);
        Assert.Equal("cleanup.policy=compact retention.ms=3", Configs(broker));
        Assert.True(broker.Cluster.Topics.Single().Configuration.IsCompacted);
    }

    [Fact]
    public async Task Validating_only_changes_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "1")));

        Assert.Equal([ErrorCode.None], await AlterAsync(broker, Newest, true, Resource(Topic, "a")));
        Assert.Equal([ErrorCode.InvalidConfig], await AlterAsync(broker, Newest, true, Resource(Topic, "a", ("retention.ms", "x"))));
        Assert.Equal("retention.ms=1", Configs(broker));
    }

    [Fact]
    public async Task One_wrong_value_leaves_everything_as_it_was()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "1")));

        Assert.Equal([ErrorCode.InvalidConfig], await AlterAsync(broker, Newest, false, Resource(Topic, "a", ("segment.ms", "5"), ("retention.ms", "x"))));
        Assert.Equal("retention.ms=1", Configs(broker));
    }

    [Fact]
    public async Task What_can_not_be_altered_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal([ErrorCode.UnknownTopicOrPartition], await AlterAsync(broker, Newest, false, Resource(Topic, "unknown")));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(Broker, "0", ("message.max.bytes", "1"))));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(Broker, "", ("message.max.bytes", "1"))));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(Broker, "7")));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(16, "metrics")));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(Topic, "a", ("retention.ms", null))));
        Assert.Equal([ErrorCode.InvalidRequest], await AlterAsync(broker, Newest, false, Resource(Topic, "a", ("retention.ms", "1"), ("retention.ms", "1"))));
        Assert.Equal(
            [ErrorCode.InvalidRequest, ErrorCode.InvalidRequest],
            await AlterAsync(broker, Newest, false, Resource(Topic, "a"), Resource(Topic, "a")));
        Assert.Equal("", Configs(broker));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_resource(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<AlterConfigsResponse>(
            new AlterConfigsRequest { Resources = [Resource(Topic, "a")] }, version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Responses).ErrorCode);
    }

    private static AlterConfigsResource Resource(sbyte type, string name, params (string Name, string? Value)[] configs) => new()
    {
        ResourceType = type,
        ResourceName = name,
        Configs = [.. configs.Select(config => new AlterableConfig { Name = config.Name, Value = config.Value })],
    };

    private static string Configs(TestBroker broker) => string.Join(
        ' ', broker.Cluster.Topics.Single().Configs.OrderBy(config => config.Key, StringComparer.Ordinal).Select(config => $"{config.Key}={config.Value}"));

    private static async Task<IEnumerable<ErrorCode>> AlterAsync(
        TestBroker broker, short version, bool validateOnly, params AlterConfigsResource[] resources)
    {
        var response = await broker.AskAsync<AlterConfigsResponse>(
            new AlterConfigsRequest { Resources = [.. resources], ValidateOnly = validateOnly }, version);
        Assert.Equal(
            resources.Select(resource => (resource.ResourceType, resource.ResourceName)),
            response.Responses.Select(answer => (answer.ResourceType, answer.ResourceName)));
        return response.Responses.Select(answer => answer.ErrorCode);
    }
}
