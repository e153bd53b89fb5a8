using Kafscale.Broker.Cluster;
using Kafscale.Broker.Configuration;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;
using static Kafscale.Protocol.Messages.DescribeConfigsRequest;
using static Kafscale.Protocol.Messages.DescribeConfigsResponse;

namespace Kafscale.Broker.Tests.Requests;

public sealed class DescribeConfigsHandlerTests
{
    private const short Newest = 4;
    private const sbyte Topic = 2;
    private const sbyte Broker = 4;

    public static TheoryData<short> Versions => ApiVersionRange.Of(ApiKey.DescribeConfigs);

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_topic_shows_what_holds_and_why(short version)
    {
        await using var broker = await TestBroker.StartAsync(options: new()
        {
            NodeId = 0,
            LogDirectory = "memory",
            TopicDefaults = new() { SegmentBytes = 2 << 20 },
        });
        await broker.CreateAsync(NewTopic("a", 1, -1, ("retention.ms", "5000")));

        var result = await AskOneAsync(broker, version, Topic, "a");

        Assert.Equal((ErrorCode.None, Topic, "a"), (result.ErrorCode, result.ResourceType, result.ResourceName));
        Assert.Equal(TopicConfigs.All.Keys.Order(StringComparer.Ordinal), result.Configs.Select(config => config.Name));
        Assert.All(result.Configs, config => Assert.False(config.ReadOnly || config.IsSensitive));
        Check("retention.ms", "5000", ConfigSource.DynamicTopicConfig, "retention.ms:5000:1", "log.retention.ms:604800000:5");
        Check("segment.bytes", "2097152", ConfigSource.StaticBrokerConfig, "log.segment.bytes:2097152:4", "log.segment.bytes:67108864:5");
        Check("min.insync.replicas", "1", ConfigSource.DefaultConfig, "min.insync.replicas:1:5");

        void Check(string name, string value, ConfigSource source, params string[] synonyms)
        {
            var config = result.Configs.Single(config => config.Name == name);
            Assert.Equal((value, version == 0 && source == ConfigSource.DefaultConfig), (config.Value, config.IsDefault));
            Assert.Equal(version == 0 ? -1 : (sbyte)source, config.ConfigSource);
            Assert.Equal(version == 0 ? [] : synonyms, config.Synonyms.Select(synonym => $"{synonym.Name}:{synonym.Value}:{synonym.Source}"));
            if (version >= 3)
            {
                Assert.Equal((sbyte)TopicConfigs.All[name].Type, config.ConfigType);
                Assert.Equal(TopicConfigs.All[name].Documentation, config.Documentation);
            }
        }
    }

    [Fact]
    public async Task Synonyms_and_documentation_come_only_where_they_are_asked_for()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        var response = await broker.AskAsync<DescribeConfigsResponse>(
            new DescribeConfigsRequest { Resources = [new() { ResourceType = Topic, ResourceName = "a", ConfigurationKeys = null }] }, Newest);

        Assert.All(response.Results[0].Configs, config => Assert.Empty(config.Synonyms));
        Assert.All(response.Results[0].Configs, config => Assert.Null(config.Documentation));
    }

    [Fact]
    public async Task Only_the_configurations_that_are_asked_for_are_shown()
    {
        await using var broker = await TestBroker.StartAsync();
        await broker.CreateAsync(NewTopic("a"));

        Assert.Equal(["retention.ms"], (await AskOneAsync(broker, Newest, Topic, "a", "retention.ms", "no.such")).Configs.Select(config => config.Name));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task This_broker_shows_what_tools_read(short version)
    {
        await using var broker = await TestBroker.StartAsync(options: new()
        {
            NodeId = 0,
            LogDirectory = "s3://bucket",
            DefaultPartitions = 6,
            OtherSettings = KafkaSettings.Describe(Configuration),
            TopicDefaults = new() { FileDeleteDelayMs = 7_000 },
        });

        var configs = (await AskOneAsync(broker, version, Broker, "0")).Configs;

        Assert.Equal(configs.Select(config => config.Name).Distinct().Order(StringComparer.Ordinal), configs.Select(config => config.Name));
        Assert.All(configs, config => Assert.True(config.ReadOnly));
        Check("broker.id", "0", ConfigSource.StaticBrokerConfig);
        Check("broker.rack", "rack-1", ConfigSource.StaticBrokerConfig);
        Check("advertised.listeners", "PLAINTEXT://broker.test:9092", ConfigSource.StaticBrokerConfig);
        Check("log.dirs", "s3://bucket", ConfigSource.StaticBrokerConfig);
        Check("num.partitions", "6", ConfigSource.StaticBrokerConfig);
        Check("auto.create.topics.enable", "true", ConfigSource.DefaultConfig);
        Check("delete.topic.enable", "true", ConfigSource.DefaultConfig);
        Check("default.replication.factor", "1", ConfigSource.DefaultConfig);
        Check("min.insync.replicas", "1", ConfigSource.DefaultConfig);
        Check("message.max.bytes", "20971520", ConfigSource.DefaultConfig);
        Check("log.retention.ms", "604800000", ConfigSource.DefaultConfig);
        Check("offsets.retention.minutes", "60", ConfigSource.StaticBrokerConfig);
        Check("group.max.size", "10000", ConfigSource.DefaultConfig);
        Check("group.initial.rebalance.delay.ms", "3000", ConfigSource.DefaultConfig);
        Check("group.consumer.migration.policy", "UPGRADE", ConfigSource.StaticBrokerConfig);
        Check("queued.max.request.bytes", "536870912", ConfigSource.DefaultConfig);
        Check("listeners", "PLAINTEXT://127.0.0.1:9092", ConfigSource.StaticBrokerConfig);
        Check("log.segment.delete.delay.ms", "7000", ConfigSource.StaticBrokerConfig);
        Assert.DoesNotContain(configs, config => config.Name == "remote.storage.enable");

        void Check(string name, string value, ConfigSource source)
        {
            var config = configs.Single(config => config.Name == name);
            Assert.Equal((value, version == 0 && source == ConfigSource.DefaultConfig), (config.Value, config.IsDefault));
            Assert.Equal(version == 0 ? -1 : (sbyte)source, config.ConfigSource);
        }
    }

    [Fact]
    public async Task Every_setting_of_groups_is_shown_as_it_is_documented()
    {
        await using var broker = await TestBroker.StartAsync(options: new()
        {
            NodeId = 0,
            LogDirectory = "memory",
            OtherSettings = KafkaSettings.Describe(Configuration),
        });

        var shown = (await AskOneAsync(broker, Newest, Broker, "0")).Configs.ToDictionary(config => config.Name);

        foreach (var setting in BrokerSettings.All.Where(setting => setting.Key.StartsWith("group.", StringComparison.Ordinal)))
        {
            Assert.Equal(setting.Description, shown[setting.Key].Documentation);
        }
    }

    [Theory]
    [InlineData(Topic, "unknown", ErrorCode.UnknownTopicOrPartition)]
    [InlineData(Topic, "a/b", ErrorCode.InvalidTopicException)]
    [InlineData(Topic, "", ErrorCode.InvalidTopicException)]
    [InlineData(Broker, "", ErrorCode.None)]
    [InlineData(Broker, "1", ErrorCode.InvalidRequest)]
    [InlineData(Broker, "one", ErrorCode.InvalidRequest)]
    [InlineData(32, "", ErrorCode.InvalidRequest)]
    [InlineData(8, "0", ErrorCode.InvalidRequest)]
    [InlineData(0, "a", ErrorCode.InvalidRequest)]
    [InlineData(99, "a", ErrorCode.InvalidRequest)]
    public async Task Resources_that_are_not_here_are_refused(sbyte type, string name, ErrorCode expected)
    {
        await using var broker = await TestBroker.StartAsync();

        var result = await AskOneAsync(broker, Newest, type, name);

        Assert.Equal(expected, result.ErrorCode);
        Assert.Equal(expected == ErrorCode.None, result.ErrorMessage is null);
        Assert.Empty(result.Configs);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_failure_of_the_broker_is_told_for_every_resource(short version)
    {
        await using var broker = await TestBroker.StartAsync();

        var response = broker.Fail<DescribeConfigsResponse>(Request(Topic, "a"), version, ErrorCode.UnknownServerError);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(response!.Results).ErrorCode);
    }

    private static BrokerConfiguration Configuration => BrokerConfigurationReader.Read(
        ServerRole.Broker,
        [
            new ConfigurationSource(
                new Dictionary<string, string>
                {
                    ["metadata"] = "sqlite:m",
                    ["object.store"] = "file:o",
                    ["offsets.retention.minutes"] = "60",
                    ["group.consumer.migration.policy"] = "upgrade",
                },
                key => key),
        ]);

    private static DescribeConfigsRequest Request(sbyte type, string name, params string[] keys) => new()
    {
        IncludeSynonyms = true,
        Resources = [new DescribeConfigsResource { ResourceType = type, ResourceName = name, ConfigurationKeys = keys.Length == 0 ? null : [.. keys] }],
    };

    private static async Task<DescribeConfigsResult> AskOneAsync(TestBroker broker, short version, sbyte type, string name, params string[] keys)
    {
        var request = Request(type, name, keys);
        request.IncludeSynonyms = version >= 1;
        request.IncludeDocumentation = version >= 3;
        return Assert.Single((await broker.AskAsync<DescribeConfigsResponse>(request, version)).Results);
    }
}
