using CsCheck;
using Kafscale.Broker.Configuration;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class ConfigurationTests
{
    private static readonly Dictionary<string, string> Stores = new() { ["metadata"] = "sqlite:m.db", ["object.store"] = "file:o" };

    [Fact]
    public void Dev_starts_without_any_setting()
    {
        var configuration = BrokerConfigurationReader.Read(ServerRole.Dev, []);

        Assert.Equal(new ListenAddress("127.0.0.1", 9092), configuration.Listener);
        Assert.Equal(new ListenAddress("127.0.0.1", 8080), configuration.HttpListener);
        Assert.Equal(new StoreLocation(StoreKind.Sqlite, "./data/metadata.db"), configuration.MetadataStore);
        Assert.Equal(new StoreLocation(StoreKind.File, "./data/objects"), configuration.ObjectStore);
        Assert.Equal(10, configuration.FlushIntervalMs);
        Assert.Equal(0, configuration.GroupInitialRebalanceDelayMs);
        Assert.Equal(LogLevel.Warning, configuration.LogLevel);
    }

    [Fact]
    public void A_broker_has_its_own_defaults()
    {
        var configuration = BrokerConfigurationReader.Read(ServerRole.Broker, [Flags(Stores)]);

        Assert.Equal(new StoreLocation(StoreKind.Sqlite, "m.db"), configuration.MetadataStore);
        Assert.Equal(new StoreLocation(StoreKind.File, "o"), configuration.ObjectStore);
        Assert.Equal(250, configuration.FlushIntervalMs);
        Assert.Equal(8 << 20, configuration.FlushBytes);
        Assert.Equal(3000, configuration.GroupInitialRebalanceDelayMs);
        Assert.Equal(LogLevel.Information, configuration.LogLevel);
    }

    [Fact]
    public void A_flag_goes_before_the_environment_and_that_before_the_file()
    {
        ConfigurationSource flags = Flags(new() { ["broker.id"] = "1" });
        ConfigurationSource environment = Environment(("KAFSCALE_BROKER_ID", "2"), ("KAFSCALE_SEGMENT_BYTES", "2MiB"));
        ConfigurationSource file = File(("broker.id", "3"), ("segment.bytes", "3MiB"), ("cache.bytes", "3MiB"));

        var configuration = BrokerConfigurationReader.Read(ServerRole.Dev, [flags, environment, file]);

        Assert.Equal(1, configuration.BrokerId);
        Assert.Equal(2 << 20, configuration.SegmentBytes);
        Assert.Equal(3 << 20, configuration.CacheBytes);
    }

    [Fact]
    public void Everything_that_is_wrong_is_named_at_once()
    {
        ConfigurationSource flags = Flags(new() { ["flush.bytes"] = "8MB", ["log.level"] = "loud" });
        ConfigurationSource environment = Environment(("KAFSCALE_FLUSH_INTERVAL", "5"));
        ConfigurationSource file = File(("auto.create.topics", "yes"), ("broker.addr", "9092"));

        var problems = Problems(ServerRole.Broker, flags, environment, file);

        Assert.Contains(problems, problem => problem.StartsWith("--flush-bytes is \"8MB\"; valid: 1 KiB to 1 GiB", StringComparison.Ordinal));
        Assert.Contains("--log-level is \"loud\"; valid: trace, debug, info, warn or error.", problems);
        Assert.Contains("KAFSCALE_FLUSH_INTERVAL is not a setting. Did you mean KAFSCALE_FLUSH_INTERVAL_MS?", problems);
        Assert.Contains("auto.create.topics in broker.yaml is \"yes\"; valid: true or false.", problems);
        Assert.Contains(problems, problem => problem.StartsWith("broker.addr in broker.yaml is \"9092\"; valid: HOST:PORT", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("metadata and etcd.endpoints are missing", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.StartsWith("object.store and s3.bucket are missing", StringComparison.Ordinal));
        Assert.Equal(7, problems.Count);
    }

    [Fact]
    public void A_wrong_value_is_named_even_where_another_source_decides()
    {
        var problems = Problems(ServerRole.Dev, Flags(new() { ["broker.id"] = "1" }), Environment(("KAFSCALE_BROKER_ID", "one")));

        Assert.Equal(["KAFSCALE_BROKER_ID is \"one\"; valid: a whole number from 0 to 2147483647."], problems);
    }

    [Theory]
    [InlineData("flush.bytes", "512MiB", "buffer.max.bytes", "256MiB")]
    [InlineData("message.max.bytes", "200MiB", "socket.request.max.bytes", "100MiB")]
    [InlineData("message.max.bytes", "2MiB", "buffer.max.bytes", "1MiB")]
    [InlineData("socket.request.max.bytes", "100MiB", "queued.max.request.bytes", "50MiB")]
    [InlineData("flush.interval.ms", "5000", "segment.ms", "1000")]
    [InlineData("s3.latency.warn.ms", "3001", "s3.latency.crit.ms", "3000")]
    [InlineData("s3.error.rate.warn", "0.9", "s3.error.rate.crit", "0.8")]
    [InlineData("group.min.session.timeout.ms", "9000", "group.max.session.timeout.ms", "6000")]
    [InlineData("group.consumer.min.heartbeat.interval.ms", "6000", "group.consumer.heartbeat.interval.ms", "5999")]
    [InlineData("group.consumer.heartbeat.interval.ms", "16000", "group.consumer.max.heartbeat.interval.ms", "15000")]
    [InlineData("group.consumer.min.session.timeout.ms", "45000", "group.consumer.session.timeout.ms", "30000")]
    [InlineData("group.consumer.session.timeout.ms", "61000", "group.consumer.max.session.timeout.ms", "60000")]
    public void Settings_that_contradict_each_other_are_named(string smaller, string smallerValue, string larger, string largerValue)
    {
        var problems = Problems(ServerRole.Dev, Flags(new() { [smaller] = smallerValue, [larger] = largerValue }));

        Assert.Contains(problems, problem =>
            problem.StartsWith($"{smaller} (", StringComparison.Ordinal) && problem.Contains($"is more than {larger} (", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1:9092", "127.0.0.1:9092")]
    [InlineData("127.0.0.1:9092", ":9092")]
    [InlineData("0.0.0.0:9092", "127.0.0.1:9092")]
    [InlineData("localhost:9092", "LOCALHOST:9092")]
    public void Two_listeners_on_one_port_are_refused(string kafka, string http) => Assert.Equal(
        [$"broker.addr is {kafka} and metrics.addr is {http}; valid: two different ports."],
        Problems(ServerRole.Dev, Flags(new() { ["broker.addr"] = kafka, ["metrics.addr"] = http, ["broker.host"] = "kafka.example" })));

    [Fact]
    public void Listeners_on_any_free_port_are_two() =>
        BrokerConfigurationReader.Read(ServerRole.Dev, [Flags(new() { ["broker.addr"] = "127.0.0.1:0", ["metrics.addr"] = "127.0.0.1:0" })]);

    [Theory]
    [InlineData("http://kafka")]
    [InlineData("kafka:9092")]
    [InlineData("a b")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public void What_clients_cannot_connect_to_is_no_host(string host) => Assert.Equal(
        [$"--broker-host is \"{host}\"; valid: a host name or IP address, without a port, that is not that of all interfaces."],
        Problems(ServerRole.Dev, Flags(new() { ["broker.host"] = host })));

    [Theory]
    [InlineData("kafka_1")]
    [InlineData("broker-3.example.")]
    [InlineData("10.0.0.1")]
    [InlineData("fe80::1")]
    public void Names_and_addresses_are_hosts(string host) => Assert.Equal(host, Read("broker.host", host).AdvertisedHost);

    [Fact]
    public void What_is_read_ahead_needs_a_cache()
    {
        Assert.Equal(
            ["readahead.segments is 3, but cache.bytes is 0, so there is no place for what is read ahead; valid: 0."],
            Problems(ServerRole.Dev, Flags(new() { ["readahead.segments"] = "3", ["cache.bytes"] = "0" })));
        Assert.Equal(0, Read("cache.bytes", "0").CacheBytes);
    }

    [Fact]
    public void A_broker_that_leads_nothing_is_refused_where_it_is_alone() => Assert.StartsWith(
        "broker.roles is read, but metadata is for an installation of one broker.",
        Assert.Single(Problems(ServerRole.Broker, Flags(new(Stores) { ["broker.roles"] = "read" }))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("sqlite:data/objects/metadata.db", "file:data/objects")]
    [InlineData("sqlite:data/objects", "file:./data/objects/")]
    [InlineData("sqlite:data/x/../objects/deep/metadata.db", "file:data/objects")]
    public void Metadata_in_the_folder_of_objects_are_refused(string metadata, string objects) => Assert.EndsWith(
        "valid: a place outside of it.",
        Assert.Single(Problems(ServerRole.Broker, Flags(new() { ["metadata"] = metadata, ["object.store"] = objects }))),
        StringComparison.Ordinal);

    [Fact]
    public void Metadata_beside_the_folder_of_objects_are_fine() =>
        BrokerConfigurationReader.Read(ServerRole.Broker, [Flags(new() { ["metadata"] = "sqlite:data/objects.db", ["object.store"] = "file:data/objects" })]);

    [Theory]
    [InlineData("flush.interval.ms", "10mib")]
    [InlineData("flush.interval.ms", "1s")]
    [InlineData("flush.interval.ms", "-1")]
    [InlineData("flush.interval.ms", "0x10")]
    [InlineData("flush.interval.ms", "1e3")]
    [InlineData("flush.interval.ms", "1_000")]
    [InlineData("flush.interval.ms", "60001")]
    [InlineData("segment.ms", "99999999999999999999999")]
    [InlineData("cache.bytes", "9999999999GiB")]
    [InlineData("cache.bytes", "-1")]
    [InlineData("cache.bytes", "1.5GiB")]
    [InlineData("cache.bytes", "10mib")]
    [InlineData("cache.bytes", "10ms")]
    [InlineData("s3.error.rate.warn", "50%")]
    [InlineData("s3.error.rate.warn", "NaN")]
    [InlineData("auto.create.topics", "1")]
    public void A_wrong_unit_or_number_is_named_with_what_is_valid(string key, string value)
    {
        var setting = BrokerSettings.Find(key)!;

        Assert.Equal([$"{setting.Flag} is \"{value}\"; valid: {setting.ValidValues}."], Problems(ServerRole.Dev, Flags(new() { [key] = value })));
    }

    [Theory]
    [InlineData("KAFSCALE_flush_bytes")]
    [InlineData("KAFSCALE_FLUSH.BYTES")]
    [InlineData("KAFSCALE_Flush_Byte")]
    public void A_variable_that_is_written_in_another_way_is_no_second_one(string name) => Assert.Equal(
        [$"{name} is not a setting. Did you mean KAFSCALE_FLUSH_BYTES?"],
        Problems(ServerRole.Dev, Environment(("KAFSCALE_FLUSH_BYTES", "1MiB"), (name, "2MiB"))));

    [Theory]
    [InlineData("flush_bytes")]
    [InlineData("Flush.Bytes")]
    [InlineData("flush-byte")]
    public void A_key_that_is_written_in_another_way_is_named_with_the_one_that_was_meant(string key) => Assert.Equal(
        [$"{key} in broker.yaml is not a setting. Did you mean flush.bytes in broker.yaml?"],
        Problems(ServerRole.Dev, File((key, "1MiB"))));

    [Fact]
    public void Members_that_may_be_silent_for_their_whole_session_are_refused() => Assert.Equal(
        ["group.consumer.heartbeat.interval.ms (9000) is not less than group.consumer.session.timeout.ms (9000); valid: less."],
        Problems(ServerRole.Dev, Flags(new()
        {
            ["group.consumer.heartbeat.interval.ms"] = "9000",
            ["group.consumer.session.timeout.ms"] = "9000",
            ["group.consumer.min.session.timeout.ms"] = "9000",
        })));

    [Theory]
    [InlineData(":9092")]
    [InlineData("0.0.0.0:9092")]
    [InlineData("[::]:9092")]
    public void A_listener_on_all_interfaces_needs_a_host_to_tell_clients(string listener)
    {
        var problem = Assert.Single(Problems(ServerRole.Dev, Flags(new() { ["broker.addr"] = listener })));
        Assert.StartsWith("broker.host is missing", problem, StringComparison.Ordinal);

        var configuration = BrokerConfigurationReader.Read(
            ServerRole.Dev, [Flags(new() { ["broker.addr"] = listener, ["broker.host"] = "kafka.example" })]);
        Assert.Equal("kafka.example", configuration.AdvertisedHost);
    }

    [Theory]
    [InlineData(
        ServerRole.Broker, "object.store and s3.bucket are both set; valid: one of them.",
        "metadata and etcd.endpoints are both set; valid: one of them.")]
    [InlineData(
        ServerRole.Dev, "KAFSCALE_S3_BUCKET is set, but kafscale dev does not take it. It belongs to kafscale broker.",
        "KAFSCALE_ETCD_ENDPOINTS is set, but kafscale dev does not take it. It belongs to kafscale broker.")]
    public void No_role_falls_back_to_another_store_where_it_is_told_S3_or_etcd(ServerRole role, string aboutS3, string aboutEtcd)
    {
        var problems = Problems(
            role,
            Environment(("KAFSCALE_S3_BUCKET", "records"), ("KAFSCALE_S3_REGION", "eu-central-1"), ("KAFSCALE_ETCD_ENDPOINTS", "http://etcd:2379")),
            role == ServerRole.Broker ? Flags(Stores) : Flags([]));

        Assert.Contains(aboutS3, problems);
        Assert.Contains(aboutEtcd, problems);
    }

    [Theory]
    [InlineData("memory")]
    [InlineData("file:")]
    [InlineData("s3://bucket")]
    [InlineData("")]
    public void A_broker_takes_no_object_store_that_it_does_not_have(string location)
    {
        var problems = Problems(ServerRole.Broker, Flags(new() { ["metadata"] = "sqlite:m.db", ["object.store"] = location }));

        Assert.Equal([$"--object-store is \"{location}\"; valid: file:PATH of a folder."], problems);
    }

    [Fact]
    public void A_setting_of_a_missing_feature_passes_where_it_asks_for_what_is_done_anyway() =>
        BrokerConfigurationReader.Read(
            ServerRole.Dev, [Environment(("KAFSCALE_ACL_ENABLED", "false"), ("KAFSCALE_ALLOW_ADMIN_APIS", "true"))]);

    [Fact]
    public void Settings_of_one_role_are_refused_by_the_other()
    {
        Assert.Equal(
            ["KAFSCALE_METADATA is set, but kafscale dev does not take it. It belongs to kafscale broker."],
            Problems(ServerRole.Dev, Environment(("KAFSCALE_METADATA", "sqlite:m.db"))));
        Assert.Equal(
            ["KAFSCALE_DATA_DIR is set, but kafscale broker does not take it. It belongs to kafscale dev."],
            Problems(ServerRole.Broker, Flags(Stores), Environment(("KAFSCALE_DATA_DIR", "d"))));
    }

    [Fact]
    public void A_store_in_memory_has_no_folder()
    {
        var configuration = BrokerConfigurationReader.Read(ServerRole.Dev, [Flags(new() { ["in.memory"] = "true" })]);

        Assert.Equal(StoreLocation.Memory, configuration.ObjectStore);
        Assert.Equal(StoreLocation.Memory, configuration.MetadataStore);
        Assert.Equal(
            ["data.dir and in.memory are both set; valid: one of them."],
            Problems(ServerRole.Dev, Flags(new() { ["in.memory"] = "true", ["data.dir"] = "d" })));
    }

    [Fact]
    public void Secrets_are_in_no_message()
    {
        var secrets = BrokerSettings.All.Where(setting => setting.IsSecret).ToDictionary(setting => setting.Key, _ => "s3cr3t");
        Assert.NotEmpty(secrets);

        Assert.DoesNotContain(Problems(ServerRole.Dev, Flags(secrets)), problem => problem.Contains("s3cr3t", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KAFSCALE_CONSOLE_HTTP_ADDR")]
    [InlineData("KAFSCALE_UI_PASSWORD")]
    [InlineData("KAFSCALE_OPERATOR_ETCD_IMAGE")]
    [InlineData("KAFSCALE_BROKER_SERVICE_HOST")]
    [InlineData("KAFSCALE_BROKER_SERVICE_PORT_KAFKA")]
    [InlineData("KAFSCALE_BROKER_PORT_9092_TCP_ADDR")]
    [InlineData("KAFSCALE_CONFIG")]
    [InlineData("KAFKA_OPTS")]
    public void Variables_that_belong_to_others_are_left_alone(string name) =>
        BrokerConfigurationReader.Read(ServerRole.Dev, [Environment((name, "anything"))]);

    [Fact]
    public void Every_published_name_is_a_setting()
    {
        string[] published =
        [
            "KAFSCALE_BROKER_ADDR", "KAFSCALE_BROKER_HOST", "KAFSCALE_BROKER_PORT", "KAFSCALE_BROKER_ID", "KAFSCALE_METRICS_ADDR",
            "KAFSCALE_CONTROL_ADDR", "KAFSCALE_ETCD_ENDPOINTS", "KAFSCALE_ETCD_USERNAME", "KAFSCALE_ETCD_PASSWORD", "KAFSCALE_S3_BUCKET",
            "KAFSCALE_S3_REGION", "KAFSCALE_S3_ENDPOINT", "KAFSCALE_S3_PATH_STYLE", "KAFSCALE_S3_NAMESPACE", "KAFSCALE_S3_KMS_ARN",
            "KAFSCALE_S3_ACCESS_KEY", "KAFSCALE_S3_SECRET_KEY", "KAFSCALE_S3_SESSION_TOKEN", "KAFSCALE_S3_CONCURRENCY",
            "KAFSCALE_S3_READ_BUCKET", "KAFSCALE_S3_READ_REGION", "KAFSCALE_S3_READ_ENDPOINT", "KAFSCALE_SEGMENT_BYTES",
            "KAFSCALE_FLUSH_INTERVAL_MS", "KAFSCALE_CACHE_BYTES", "KAFSCALE_READAHEAD_SEGMENTS", "KAFSCALE_AUTO_CREATE_TOPICS",
            "KAFSCALE_AUTO_CREATE_PARTITIONS", "KAFSCALE_ALLOW_ADMIN_APIS", "KAFSCALE_LOG_LEVEL", "KAFSCALE_S3_HEALTH_WINDOW_SEC",
            "KAFSCALE_S3_LATENCY_WARN_MS", "KAFSCALE_S3_LATENCY_CRIT_MS", "KAFSCALE_S3_ERROR_RATE_WARN", "KAFSCALE_S3_ERROR_RATE_CRIT",
            "KAFSCALE_STARTUP_TIMEOUT_SEC", "KAFSCALE_ACL_ENABLED", "KAFSCALE_ACL_JSON", "KAFSCALE_ACL_FILE", "KAFSCALE_ACL_FAIL_OPEN",
            "KAFSCALE_PRINCIPAL_SOURCE", "KAFSCALE_PROXY_PROTOCOL",
        ];

        Assert.Empty(published.Except(BrokerSettings.All.Select(setting => setting.EnvironmentName)));
    }

    [Fact]
    public void Every_default_is_valid_and_every_name_unique()
    {
        BrokerConfigurationReader.Read(ServerRole.Dev, [Flags(Defaults(ServerRole.Dev))]);
        BrokerConfigurationReader.Read(ServerRole.Broker, [Flags(Defaults(ServerRole.Broker)), Flags(Stores)]);
        Assert.Equal(BrokerSettings.All.Count, BrokerSettings.All.Select(setting => setting.Key).Distinct().Count());
    }

    [Fact]
    public void Byte_counts_mean_the_same_with_and_without_units() =>
        Gen.Int[1, 1000].Select(Gen.OneOf(("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30))).Sample(
            (count, unit) =>
            {
                var withUnit = Read("cache.bytes", $"{count}{unit.Item1}").CacheBytes;
                var plain = Read("cache.bytes", $"{count * unit.Item2}").CacheBytes;
                Assert.Equal(count * unit.Item2, withUnit);
                Assert.Equal(withUnit, plain);
            },
            iter: 500);

    [Fact]
    public void Addresses_are_read_as_they_are_written() =>
        Gen.OneOf("", "127.0.0.1", "localhost", "broker-3.example", "::1").Select(Gen.Int[0, 65535]).Sample(
            (host, port) => Assert.Equal(new ListenAddress(host, port), ListenAddress.Parse(new ListenAddress(host, port).ToString())),
            iter: 1000);

    [Fact]
    public void One_wrong_value_does_not_hide_what_contradicts() => Assert.All(
        BrokerSettings.All.Where(setting => setting.Roles.HasFlag(ServerRole.Broker)),
        wrong => Assert.NotEmpty(Problems(ServerRole.Broker, Flags(new(Stores)
        {
            ["broker.roles"] = "read",
            ["cache.bytes"] = "0",
            ["readahead.segments"] = "3",
            [wrong.Key] = "?",
        }))));

    [Fact]
    public void Whatever_a_value_is_it_is_taken_or_named() =>
        Gen.OneOf(BrokerSettings.All.ToArray()).Select(Gen.OneOf(Gen.String, Gen.Long.Select(number => $"{number}"), Gen.String[Gen.Char["0123456789KMGiB:. []-truefals"], 0, 12]))
            .Sample(
                (setting, value) =>
                {
                    try
                    {
                        BrokerConfigurationReader.Read(ServerRole.Dev, [Flags(new() { [setting.Key] = value })]);
                    }
                    catch (InvalidConfigurationException e)
                    {
                        Assert.NotEmpty(e.Problems);
                    }
                },
                iter: 20_000);

    private static BrokerConfiguration Read(string key, string value) =>
        BrokerConfigurationReader.Read(ServerRole.Dev, [Flags(new() { [key] = value })]);

    private static Dictionary<string, string> Defaults(ServerRole role) => BrokerSettings.All
        .Where(setting => setting.Roles.HasFlag(role) && setting.DefaultFor(role) is not null && setting.Key != "data.dir")
        .ToDictionary(setting => setting.Key, setting => setting.DefaultFor(role)!);

    private static IReadOnlyList<string> Problems(ServerRole role, params ConfigurationSource[] sources) =>
        Assert.Throws<InvalidConfigurationException>(() => BrokerConfigurationReader.Read(role, sources)).Problems;

    private static ConfigurationSource Flags(Dictionary<string, string> values) => ConfigurationSource.Flags(values);

    private static ConfigurationSource Environment(params (string Name, string Value)[] variables) =>
        ConfigurationSource.Environment(variables.Select(variable => KeyValuePair.Create(variable.Name, variable.Value)));

    private static ConfigurationSource File(params (string Key, string Value)[] values) =>
        ConfigurationSource.File("broker.yaml", values.ToDictionary(pair => pair.Key, pair => pair.Value));
}
