using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.IncrementalAlterConfigsRequest;

namespace Kafscale.Broker.Tests.Requests;

public sealed class IncrementalAlterConfigsHandlerTests
{
    private const short Newest = 1;
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;
    private const ConfigOperation Set = ConfigOperation.Set;
    private const ConfigOperation Delete = ConfigOperation.Delete;
    private const ConfigOperation Append = ConfigOperation.Append;
    private const ConfigOperation Subtract = ConfigOperation.Subtract;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.IncrementalAlterConfigs);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task Only_what_is_named_is_changed(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "1"), ("segment.ms", "2"), ("preallocate", "true")));

        Assert.Equal(ErrorCode.None, await AlterAsync(broker, version, ("retention.ms", Set, "3"), ("segment.ms", Delete, null), ("flush.ms", Delete, null)));

        Assert.Equal("preallocate=true retention.ms=3", Configs(broker));
        Assert.Equal(3, broker.Cluster.Topics.Single().Configuration.RetentionMs);
    }

    [Fact]
    public async Task Lists_are_appended_to_and_subtracted_from()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(ErrorCode.None, await AlterAsync(broker, Newest, ("cleanup.policy", Append, "compact")));
        Assert.Equal("cleanup.policy=delete,compact", Configs(broker));
        Assert.Equal(ErrorCode.None, await AlterAsync(broker, Newest, ("cleanup.policy", Append, "compact,delete")));
        Assert.Equal("cleanup.policy=delete,compact", Configs(broker));
        Assert.Equal(ErrorCode.None, await AlterAsync(broker, Newest, ("cleanup.policy", Subtract, "delete")));
        Assert.Equal("cleanup.policy=compact", Configs(broker));
    }

    [Theory]
    [InlineData("cleanup.policy", (int)Append, "forget", ErrorCode.InvalidConfig)]
    [InlineData("cleanup.policy", (int)Subtract, "delete", ErrorCode.InvalidConfig)]
    [InlineData("cleanup.policy", (int)Append, null, ErrorCode.InvalidRequest)]
    [InlineData("retention.ms", (int)Append, "1", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", (int)Subtract, "1", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", (int)Set, "x", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", (int)Set, "1000\0", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", (int)Set, null, ErrorCode.InvalidRequest)]
    [InlineData("no.such", (int)Set, "1", ErrorCode.InvalidConfig)]
    [InlineData("no.such", (int)Append, "1", ErrorCode.InvalidConfig)]
    [InlineData("retention.ms", 9, "1", ErrorCode.InvalidRequest)]
    public async Task Wrong_changes_are_refused(string name, int operation, string? value, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(expected, await AlterAsync(broker, Newest, ("segment.ms", Set, "7"), (name, (ConfigOperation)operation, value)));

        Assert.Equal("", Configs(broker));
    }

    [Fact]
    public async Task Brokers_and_unknown_resources_are_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(ErrorCode.InvalidRequest, await AlterAsync(broker, Newest, Broker, "0", ("message.max.bytes", Set, "1")));
        Assert.Equal(ErrorCode.InvalidRequest, await AlterAsync(broker, Newest, Broker, "", ("message.max.bytes", Delete, null)));
        Assert.Equal(ErrorCode.InvalidRequest, await AlterAsync(broker, Newest, 8, "0", ("root", Set, "DEBUG")));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, await AlterAsync(broker, Newest, Topic, "unknown", ("retention.ms", Set, "1")));
    }

    [Fact]
    public async Task What_changes_nothing_writes_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "1")));
        var revision = broker.Cluster.Topics.Single().Revision;

        Assert.Equal(ErrorCode.None, await AlterAsync(broker, Newest, ("retention.ms", Set, "1")));

        Assert.Equal(revision, broker.Cluster.Topics.Single().Revision);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_resource(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<IncrementalAlterConfigsResponse>(Request(Topic, "a"), version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Responses).ErrorCode);
    }

    private static IncrementalAlterConfigsRequest Request(
        sbyte type, string name, params (string Name, ConfigOperation Operation, string? Value)[] changes) => new()
        {
            Resources =
            [
                new AlterConfigsResource
                {
                    ResourceType = type,
                    ResourceName = name,
                    Configs =
                    [
                        .. changes.Select(change => new AlterableConfig
                        {
                            Name = change.Name,
                            ConfigOperation = (sbyte)change.Operation,
                            Value = change.Value,
                        }),
                    ],
                },
            ],
        };

    private static Task<ErrorCode> AlterAsync(
        TestBroker broker, short version, params (string Name, ConfigOperation Operation, string? Value)[] changes) =>
        AlterAsync(broker, version, Topic, "a", changes);

    private static async Task<ErrorCode> AlterAsync(
        TestBroker broker, short version, sbyte type, string name, params (string Name, ConfigOperation Operation, string? Value)[] changes) =>
        (await broker.AskAsync<IncrementalAlterConfigsResponse>(Request(type, name, changes), version)).Responses.Single().ErrorCode;

    private static string Configs(TestBroker broker) => string.Join(
        ' ', broker.Cluster.Topics.Single().Configs.OrderBy(config => config.Key, StringComparer.Ordinal).Select(config => $"{config.Key}={config.Value}"));
}
