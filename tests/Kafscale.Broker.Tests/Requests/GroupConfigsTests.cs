using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Tests.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DescribeConfigsResponse;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>Configurations of groups, from the request that sets them to what holds for the group.</summary>
public sealed class GroupConfigsTests
{
    private const sbyte Group = 32;
    private const short NewestAlter = 2;
    private const short NewestIncrementalAlter = 1;
    private const short NewestDescribe = 4;
    private const string SessionTimeout = "consumer.session.timeout.ms";
    private const string HeartbeatInterval = "consumer.heartbeat.interval.ms";

    public static TheoryData<short> AlterVersions => ApiVersionRange.Of(ApiKey.AlterConfigs);

    public static TheoryData<short> IncrementalAlterVersions => ApiVersionRange.Of(ApiKey.IncrementalAlterConfigs);

    public static TheoryData<short> DescribeVersions => ApiVersionRange.Of(ApiKey.DescribeConfigs, from: 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(IncrementalAlterVersions))]
    public async Task Only_what_is_named_is_changed(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, version, (SessionTimeout, ConfigOperation.Set, "50000"), (HeartbeatInterval, ConfigOperation.Set, "6000")));
        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, version, (SessionTimeout, ConfigOperation.Set, "60000")));
        Assert.Equal(new GroupConfiguration(60_000, 6_000), broker.GroupConfigurations.Of("g"));
        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, version, (HeartbeatInterval, ConfigOperation.Delete, null)));

        Assert.Equal(new GroupConfiguration(60_000, 5_000), broker.GroupConfigurations.Of("g"));
        Assert.Equal(new GroupConfiguration(45_000, 5_000), broker.GroupConfigurations.Of("other"));
    }

    [Theory]
    [MemberData(nameof(AlterVersions))]
    public async Task Everything_that_was_set_is_replaced(short version)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");

        Assert.Equal(ErrorCode.None, await ReplaceAsync(broker, version, (HeartbeatInterval, "6000")));

        Assert.Equal("consumer.heartbeat.interval.ms=6000", Configs(broker));
    }

    [Theory]
    [MemberData(nameof(DescribeVersions))]
    public async Task A_group_shows_what_holds_and_why(short version)
    {
        await using var broker = await TestBroker.StartAsync(groupOptions: new GroupOptions { ConsumerHeartbeatIntervalMs = 6_000 });
        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");

        Assert.Equal(
            [
                "consumer.heartbeat.interval.ms=6000 (4) group.consumer.heartbeat.interval.ms:6000:4 group.consumer.heartbeat.interval.ms:5000:5",
                "consumer.session.timeout.ms=50000 (8) consumer.session.timeout.ms:50000:8 group.consumer.session.timeout.ms:45000:5",
            ],
            await DescribeAsync(broker, version, "g"));
        Assert.Equal(
            [
                "consumer.heartbeat.interval.ms=6000 (4) group.consumer.heartbeat.interval.ms:6000:4 group.consumer.heartbeat.interval.ms:5000:5",
                "consumer.session.timeout.ms=45000 (5) group.consumer.session.timeout.ms:45000:5",
            ],
            await DescribeAsync(broker, version, "no such group"));
    }

    [Theory]
    [InlineData(SessionTimeout, "44999")]
    [InlineData(SessionTimeout, "60001")]
    [InlineData(SessionTimeout, "")]
    [InlineData(SessionTimeout, "-1")]
    [InlineData(SessionTimeout, "1e5")]
    [InlineData(SessionTimeout, "99999999999")]
    [InlineData(HeartbeatInterval, "4999")]
    [InlineData(HeartbeatInterval, "15001")]
    [InlineData("share.session.timeout.ms", "45000")]
    [InlineData("retention.ms", "1")]
    [InlineData("", "1")]
    public async Task What_a_group_can_not_have_is_refused(string name, string value)
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");

        Assert.Equal(ErrorCode.InvalidConfig, await ChangeAsync(broker, NewestIncrementalAlter, (name, ConfigOperation.Set, value)));
        Assert.Equal(ErrorCode.InvalidConfig, await ReplaceAsync(broker, NewestAlter, (name, value)));

        Assert.Equal("consumer.session.timeout.ms=50000", Configs(broker));
    }

    [Theory]
    [InlineData((int)ConfigOperation.Append, "1", ErrorCode.InvalidConfig)]
    [InlineData((int)ConfigOperation.Subtract, "1", ErrorCode.InvalidConfig)]
    [InlineData((int)ConfigOperation.Set, null, ErrorCode.InvalidRequest)]
    [InlineData(9, "1", ErrorCode.InvalidRequest)]
    public async Task Changes_that_make_no_sense_are_refused(int operation, string? value, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(expected, await ChangeAsync(broker, NewestIncrementalAlter, (SessionTimeout, (ConfigOperation)operation, value)));

        Assert.Equal("", Configs(broker));
    }

    [Fact]
    public async Task A_session_timeout_is_longer_than_the_heartbeat_interval()
    {
        var options = new GroupOptions { ConsumerMinSessionTimeoutMs = 5_000, ConsumerSessionTimeoutMs = 10_000 };
        await using var broker = await TestBroker.StartAsync(groupOptions: options);

        Assert.Equal(ErrorCode.InvalidConfig, await ChangeAsync(broker, NewestIncrementalAlter, (HeartbeatInterval, ConfigOperation.Set, "10000")));
        Assert.Equal(
            ErrorCode.None,
            await ChangeAsync(broker, NewestIncrementalAlter, (HeartbeatInterval, ConfigOperation.Set, "10000"), (SessionTimeout, ConfigOperation.Set, "10001")));

        // Also where what contradicts is only what holds otherwise.
        Assert.Equal(ErrorCode.InvalidConfig, await ChangeAsync(broker, NewestIncrementalAlter, (SessionTimeout, ConfigOperation.Delete, null)));
        Assert.Equal(new GroupConfiguration(10_001, 10_000), broker.GroupConfigurations.Of("g"));
    }

    [Fact]
    public async Task Validating_only_changes_nothing()
    {
        await using var broker = await TestBroker.StartAsync();

        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, "g", true, (SessionTimeout, ConfigOperation.Set, "50000")));
        Assert.Equal(ErrorCode.InvalidConfig, await ChangeAsync(broker, "g", true, (SessionTimeout, ConfigOperation.Set, "1")));

        Assert.Empty(broker.Cluster.ConfiguredGroups);
    }

    [Theory]
    [InlineData("", 1, ErrorCode.InvalidRequest)]
    [InlineData("x", 2_000, ErrorCode.InvalidGroupId)]
    [InlineData("/", 400, ErrorCode.InvalidGroupId)]
    [InlineData("x", 200, ErrorCode.None)]
    [InlineData("a/b %\0\u00fc", 1, ErrorCode.None)]
    [InlineData("..", 1, ErrorCode.None)]
    public async Task An_id_may_hold_anything_that_fits(string part, int times, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();
        var groupId = string.Concat(Enumerable.Repeat(part, times));

        Assert.Equal(expected, await ChangeAsync(broker, groupId, false, (SessionTimeout, ConfigOperation.Set, "50000")));

        Assert.Equal(expected == ErrorCode.None ? [groupId] : [], broker.Cluster.ConfiguredGroups.Keys);
    }

    [Fact]
    public async Task Where_nothing_is_set_any_more_nothing_is_stored()
    {
        await using var broker = await TestBroker.StartAsync();
        foreach (var replaces in (bool[])[false, true])
        {
            await broker.SetOnGroupAsync("g", SessionTimeout, "50000");
            Assert.Single(await StoredAsync(broker));

            Assert.Equal(
                ErrorCode.None,
                replaces ? await ReplaceAsync(broker, NewestAlter) : await ChangeAsync(broker, NewestIncrementalAlter, (SessionTimeout, ConfigOperation.Delete, null)));

            Assert.Empty(await StoredAsync(broker));
            Assert.Empty(broker.Cluster.ConfiguredGroups);
        }

        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, NewestIncrementalAlter, (SessionTimeout, ConfigOperation.Delete, null)));
        Assert.Empty(await StoredAsync(broker));
    }

    [Fact]
    public async Task Only_so_many_groups_can_be_configured()
    {
        await using var broker = await TestBroker.StartAsync(options: new() { NodeId = 0, LogDirectory = "memory", MaxConfiguredGroups = 2 });
        await broker.SetOnGroupAsync("a", SessionTimeout, "50000");
        await broker.SetOnGroupAsync("b", SessionTimeout, "50000");

        Assert.Equal(ErrorCode.PolicyViolation, await ChangeAsync(broker, "c", false, (SessionTimeout, ConfigOperation.Set, "50000")));
        await broker.SetOnGroupAsync("b", SessionTimeout, "60000");
        Assert.Equal(ErrorCode.None, await ChangeAsync(broker, "a", false, (SessionTimeout, ConfigOperation.Delete, null)));
        await broker.SetOnGroupAsync("c", SessionTimeout, "50000");

        Assert.Equal(["b", "c"], broker.Cluster.ConfiguredGroups.Keys.Order());
    }

    [Fact]
    public async Task Every_broker_changes_them_and_hears_of_it()
    {
        await using var store = new MemoryMetadataStore(TimeProvider.System);
        await using var first = await TestBroker.StartAsync(store);
        await using var second = await TestBroker.StartAsync(store, new() { NodeId = 1, LogDirectory = "memory" }, leads: false);

        await Task.WhenAll(
            first.SetOnGroupAsync("g", SessionTimeout, "50000"),
            second.SetOnGroupAsync("g", HeartbeatInterval, "6000"));
        await first.Services.Follower.CatchUpAsync(Token);
        await second.Services.Follower.CatchUpAsync(Token);

        Assert.Equal(new GroupConfiguration(50_000, 6_000), first.GroupConfigurations.Of("g"));
        Assert.Equal(new GroupConfiguration(50_000, 6_000), second.GroupConfigurations.Of("g"));
    }

    [Fact]
    public async Task A_broker_that_starts_later_knows_them()
    {
        await using var store = new MemoryMetadataStore(TimeProvider.System);
        await using (var broker = await TestBroker.StartAsync(store))
        {
            await broker.SetOnGroupAsync("g", SessionTimeout, "50000");
        }

        await using var later = await TestBroker.StartAsync(store);

        Assert.Equal(new GroupConfiguration(50_000, 5_000), later.GroupConfigurations.Of("g"));
    }

    [Fact]
    public async Task What_was_set_before_the_limits_were_others_is_kept_within_them()
    {
        await using var store = new MemoryMetadataStore(TimeProvider.System);
        await using (var broker = await TestBroker.StartAsync(store))
        {
            await broker.SetOnGroupAsync("g", SessionTimeout, "60000");
        }

        await using var later = await TestBroker.StartAsync(store, groupOptions: new GroupOptions { ConsumerMaxSessionTimeoutMs = 50_000 });

        Assert.Equal(new GroupConfiguration(50_000, 5_000), later.GroupConfigurations.Of("g"));
    }

    [Fact]
    public async Task What_a_later_version_keeps_of_a_group_survives_changes()
    {
        await using var broker = await TestBroker.StartAsync();

        // Field 100, a varint of 7.
        byte[] unknown = [0xa0, 0x06, 0x07];
        var key = broker.Services.MetadataKeys.GroupConfigs + "g";
        await broker.Store.CommitAsync(new() { Then = [new Operation.Put(key, unknown)] }, Token);
        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");
        Assert.Equal(ErrorCode.None, await ReplaceAsync(broker, NewestAlter));

        Assert.Equal(unknown, Assert.Single(await StoredAsync(broker)).Value.ToArray());
    }

    [Fact]
    public async Task A_lost_answer_is_sorted_out()
    {
        await using var memory = new MemoryMetadataStore(TimeProvider.System);
        var store = new UnreliableMetadataStore(memory);
        await using var broker = await TestBroker.StartAsync(store);
        store.AnswersToLose = 1;

        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");

        Assert.Equal("consumer.session.timeout.ms=50000", Configs(broker));
    }

    [Fact]
    public async Task Asking_what_holds_for_a_group_allocates_nothing()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.SetOnGroupAsync("g", SessionTimeout, "50000");
        var configurations = broker.GroupConfigurations;
        configurations.Of("g");

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            configurations.Of("g");
            configurations.Of("other");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static async Task<IReadOnlyList<MetadataEntry>> StoredAsync(TestBroker broker) =>
        (await broker.Store.RangeAsync(KeyRange.Prefix(broker.Services.MetadataKeys.GroupConfigs), 0, 0, Token)).Entries;

    private static string Configs(TestBroker broker) => !broker.Cluster.ConfiguredGroups.TryGetValue("g", out var group)
        ? ""
        : string.Join(' ', group.Configs.OrderBy(config => config.Key, StringComparer.Ordinal).Select(config => $"{config.Key}={config.Value}"));

    private static Task<ErrorCode> ChangeAsync(
        TestBroker broker, short version, params (string Name, ConfigOperation Operation, string? Value)[] changes) =>
        ChangeAsync(broker, version, "g", false, changes);

    private static Task<ErrorCode> ChangeAsync(
        TestBroker broker, string groupId, bool validateOnly, params (string Name, ConfigOperation Operation, string? Value)[] changes) =>
        ChangeAsync(broker, NewestIncrementalAlter, groupId, validateOnly, changes);

    private static async Task<ErrorCode> ChangeAsync(
        TestBroker broker, short version, string groupId, bool validateOnly, (string Name, ConfigOperation Operation, string? Value)[] changes)
    {
        var request = new IncrementalAlterConfigsRequest
        {
            ValidateOnly = validateOnly,
            Resources =
            [
                new()
                {
                    ResourceType = Group,
                    ResourceName = groupId,
                    Configs = [.. changes.Select(change => new IncrementalAlterConfigsRequest.AlterableConfig
                    {
                        Name = change.Name,
                        ConfigOperation = (sbyte)change.Operation,
                        Value = change.Value,
                    })],
                },
            ],
        };
        return Assert.Single((await broker.AskAsync<IncrementalAlterConfigsResponse>(request, version)).Responses).ErrorCode;
    }

    private static async Task<ErrorCode> ReplaceAsync(TestBroker broker, short version, params (string Name, string? Value)[] configs)
    {
        var request = new AlterConfigsRequest
        {
            Resources =
            [
                new()
                {
                    ResourceType = Group,
                    ResourceName = "g",
                    Configs = [.. configs.Select(config => new AlterConfigsRequest.AlterableConfig { Name = config.Name, Value = config.Value })],
                },
            ],
        };
        return Assert.Single((await broker.AskAsync<AlterConfigsResponse>(request, version)).Responses).ErrorCode;
    }

    private static async Task<IEnumerable<string>> DescribeAsync(TestBroker broker, short version, string groupId)
    {
        var request = new DescribeConfigsRequest
        {
            IncludeSynonyms = true,
            Resources = [new() { ResourceType = Group, ResourceName = groupId, ConfigurationKeys = null }],
        };
        var result = Assert.Single((await broker.AskAsync<DescribeConfigsResponse>(request, version)).Results);
        Assert.Equal((ErrorCode.None, Group, groupId), (result.ErrorCode, result.ResourceType, result.ResourceName));
        Assert.All(result.Configs, config => Assert.False(config.ReadOnly || config.IsSensitive));
        return result.Configs.Select(config => $"{config.Name}={config.Value} ({config.ConfigSource}) {Synonyms(config)}");
    }

    private static string Synonyms(DescribeConfigsResourceResult config) =>
        string.Join(' ', config.Synonyms.Select(synonym => $"{synonym.Name}:{synonym.Value}:{synonym.Source}"));
}
