using Kafscale.Broker.Groups;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Configuration;

/// <summary>The settings of a broker: the one table that parsing, help and the reference page are made from.</summary>
public static class BrokerSettings
{
    private const int GiB = 1 << 30;
    private const int MiB = 1 << 20;
    private const int KiB = 1 << 10;
    private const int OneDayMs = 86_400_000;

    private const string Network = "Listeners and connections";
    private const string Stores = "Stores";
    private const string Etcd = "etcd";
    private const string S3 = "Amazon S3 and compatible object stores";
    private const string Records = "Writing and reading records";
    private const string Health = "Object store health";
    private const string Topics = "Topics";
    private const string Groups = "Consumer groups";
    private const string Process = "Process";
    private const string Telemetry = "Metrics and traces";

    // First, because the fields below register themselves here in the order of the text.
    private static readonly List<Setting> Registered = [];

    internal static readonly TypedSetting<ListenAddress> Listener = Add(
        Network, "broker.addr", SettingTypes.Address, "127.0.0.1:9092", "Where Kafka clients connect.",
        flagAlias: "--listen", shownByDev: true);

    internal static readonly TypedSetting<string> AdvertisedHost = Add(
        Network, "broker.host", SettingTypes.ReachableHost, null,
        "The host that clients are told to connect to. Where it is not set, it is the host of broker.addr; "
        + "it must be set where that means all interfaces.");

    internal static readonly TypedSetting<int> AdvertisedPort = Add(
        Network, "broker.port", SettingTypes.Int32(1, ushort.MaxValue), null,
        "The port that clients are told to connect to. Where it is not set, it is the port that is listened on.");

    internal static readonly TypedSetting<int> BrokerId = Add(
        Network, "broker.id", SettingTypes.Int32(0, int.MaxValue), "0", "The broker's id, which no other broker of the cluster has.");

    internal static readonly TypedSetting<string> Rack = Add(
        Network, "broker.rack", SettingTypes.Text("a name"), null, "The rack or availability zone that the broker is in.");

    internal static readonly TypedSetting<BrokerRoles> Roles = Add(
        Network, "broker.roles", SettingTypes.Roles, "read,lead",
        "What the broker does. With read alone it leads no partitions and coordinates no groups; "
        + "consumers whose client.rack is its broker.rack are sent to it.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<ListenAddress> HttpListener = Add(
        Network, "metrics.addr", SettingTypes.Address, "127.0.0.1:8080", "Where /healthz, /readyz, /metrics and /admin are served; /openapi.json there describes them. Whoever reaches it may drain the broker.",
        flagAlias: "--http", shownByDev: true);

    internal static readonly TypedSetting<int> MaxConnections = Add(
        Network, "max.connections", SettingTypes.Int32(1, 1_000_000), "10000", "The most client connections at a time; further ones are closed.");

    internal static readonly TypedSetting<int> ConnectionsMaxIdleMs = Add(
        Network, "connections.max.idle.ms", SettingTypes.Milliseconds(1_000), "600000", "A connection without a request for so long is closed.");

    internal static readonly TypedSetting<int> SocketRequestMaxBytes = Add(
        Network, "socket.request.max.bytes", SettingTypes.Bytes32(64 * KiB, GiB), "100MiB",
        "The largest request; a connection that announces a larger one is closed.");

    internal static readonly TypedSetting<long> QueuedMaxRequestBytes = Add(
        Network, "queued.max.request.bytes", SettingTypes.Bytes(MiB, 1024L * GiB), "512MiB",
        "Bytes of requests in progress over all connections. At the limit, connections are not read from.");

    internal static readonly TypedSetting<int> MaxInFlightRequestsPerConnection = Add(
        Network, "max.in.flight.requests.per.connection", SettingTypes.Int32(1, 10_000), "100",
        "Requests of one connection in progress. At the limit, the connection is not read from.");

    internal static readonly TypedSetting<string> DataDirectory = Add(
        Stores, "data.dir", SettingTypes.Text("a folder"), "./data", "The folder that keeps everything: records, topics, offsets.",
        shownByDev: true, roles: ServerRole.Dev);

    internal static readonly TypedSetting<bool> InMemory = Add(
        Stores, "in.memory", SettingTypes.Boolean, "false", "Keeps everything in memory instead: all records are gone when the process ends.",
        shownByDev: true, roles: ServerRole.Dev);

    internal static readonly TypedSetting<StoreLocation> MetadataStore = Add(
        Stores, "metadata", SettingTypes.MetadataLocation, null,
        "The metadata store of an installation of one broker: topics, offsets, groups. Either it or etcd.endpoints must be set.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<StoreLocation> ObjectStore = Add(
        Stores, "object.store", SettingTypes.ObjectStoreLocation, null,
        "The object store: the records. Either it or s3.bucket must be set.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> SessionLeaseTtlMs = Add(
        Stores, "session.lease.ttl.ms", SettingTypes.Milliseconds(1_000, 600_000), "9000",
        "How long the metadata store remembers a broker that it does not hear from.");

    internal static readonly TypedSetting<IReadOnlyList<Uri>> EtcdEndpoints = Add(
        Etcd, "etcd.endpoints", SettingTypes.HttpAddresses, null,
        "The metadata store of a cluster: the client addresses of etcd's members. Either it or metadata must be set. "
        + "One of them at a time is used, and another one where it does not answer.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> EtcdUsername = Add(
        Etcd, "etcd.username", SettingTypes.Text("a user's name"), null, "The user to act as, where etcd's authentication is on.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> EtcdPassword = Add(
        Etcd, "etcd.password", SettingTypes.Text("a password"), null, "The password of etcd.username.",
        roles: ServerRole.Broker, secret: true);

    internal static readonly TypedSetting<string> EtcdCaFile = Add(
        Etcd, "etcd.ca.file", SettingTypes.Text("a PEM file"), null,
        "The certificate authorities that etcd's certificates may come from. Where it is not set, they are the system's.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> EtcdCertFile = Add(
        Etcd, "etcd.cert.file", SettingTypes.Text("a PEM file"), null, "The certificate to show to etcd.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> EtcdKeyFile = Add(
        Etcd, "etcd.key.file", SettingTypes.Text("a PEM file"), null,
        "The key of etcd.cert.file. Where it is not set, it is in that file.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> EtcdRequestTimeoutMs = Add(
        Etcd, "etcd.request.timeout.ms", SettingTypes.Milliseconds(100, 60_000), "5000",
        "How long a request may take, tried on other members included where that is possible. A commit without an answer by then has an "
        + "unknown outcome.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> EtcdKeepAliveIntervalMs = Add(
        Etcd, "etcd.keepalive.interval.ms", SettingTypes.Milliseconds(1_000, 600_000), "6000",
        "How long a connection in use may be silent before it is pinged. It must be more than etcd's --grpc-keepalive-min-time, 5 s by default.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> EtcdKeepAliveTimeoutMs = Add(
        Etcd, "etcd.keepalive.timeout.ms", SettingTypes.Milliseconds(1_000, 600_000), "3000",
        "How long a ping may stay unanswered before its connection is given up.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3Bucket = Add(
        S3, "s3.bucket", SettingTypes.BucketName, null,
        "The bucket that records are kept in; either it or object.store must be set. It must exist, and the store must honour "
        + "If-None-Match, which the start checks.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3Region = Add(
        S3, "s3.region", SettingTypes.Text("a region's name, such as eu-central-1"), null,
        "The bucket's region. It must be set where s3.endpoint is not; with an endpoint it is what requests are signed for, us-east-1 by default.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<Uri> S3Endpoint = Add(
        S3, "s3.endpoint", SettingTypes.HttpAddress, null, "The address of a store that is not Amazon's.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<bool> S3PathStyle = Add(
        S3, "s3.path.style", SettingTypes.Boolean, null,
        "Whether the bucket's name is part of the path instead of the host name. Where it is not set: true with s3.endpoint, else false.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3Namespace = Add(
        S3, "s3.namespace", SettingTypes.KeyPrefix, "default",
        "The cluster's namespace: what the keys of all its objects begin with. No other cluster has it in this bucket.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3AccessKey = Add(
        S3, "s3.access.key", SettingTypes.Text("an access key id"), null,
        "The access key id. Where it is not set, credentials are those that the AWS SDK finds: environment, profile, web identity, "
        + "container, instance.",
        roles: ServerRole.Broker, secret: true);

    internal static readonly TypedSetting<string> S3SecretKey = Add(
        S3, "s3.secret.key", SettingTypes.Text("a secret access key"), null, "The secret access key, with s3.access.key.",
        roles: ServerRole.Broker, secret: true);

    internal static readonly TypedSetting<string> S3SessionToken = Add(
        S3, "s3.session.token", SettingTypes.Text("a session token"), null, "The session token of temporary credentials, with s3.access.key.",
        roles: ServerRole.Broker, secret: true);

    internal static readonly TypedSetting<string> S3KmsArn = Add(
        S3, "s3.kms.arn", SettingTypes.Text("the ARN or id of a KMS key"), null,
        "The KMS key that every object is encrypted with. Where it is not set, the bucket's default decides.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3CaFile = Add(
        S3, "s3.ca.file", SettingTypes.Text("a PEM file"), null,
        "The certificate authorities that the store's certificate may come from. Where it is not set, they are the system's.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3ReadBucket = Add(
        S3, "s3.read.bucket", SettingTypes.BucketName, null,
        "A replica of the bucket that is near, to which the store copies all objects. Records are read from it as far as it has them, everything else from s3.bucket.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<string> S3ReadRegion = Add(
        S3, "s3.read.region", SettingTypes.Text("a region's name, such as eu-central-1"), null,
        "The replica's region; where it is not set, that of s3.bucket.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<Uri> S3ReadEndpoint = Add(
        S3, "s3.read.endpoint", SettingTypes.HttpAddress, null, "The address of the replica's store; where it is not set, s3.endpoint.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> S3Concurrency = Add(
        S3, "s3.concurrency", SettingTypes.Int32(4, 4096), "64", "Requests at a time, of all kinds together. Each has a connection of its own.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> S3RequestTimeoutMs = Add(
        S3, "s3.request.timeout.ms", SettingTypes.Milliseconds(100, 600_000), "10000",
        "How long one request may take, and a second more for each mebibyte of its body. What takes longer is tried again.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<double> S3PricePutPer1000 = Add(
        S3, "s3.price.put.per.1000", SettingTypes.Dollars, "0.005",
        "What 1,000 puts or pages of listings cost, for kafscale_object_store_cost_dollars_total. The default is the list price of Amazon S3 Standard "
        + "in us-east-1.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<double> S3PriceGetPer1000 = Add(
        S3, "s3.price.get.per.1000", SettingTypes.Dollars, "0.0004", "What 1,000 reads or look-ups of objects cost; the same list price.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<double> S3PriceReadPerGiB = Add(
        S3, "s3.price.read.per.gib", SettingTypes.Dollars, "0",
        "What a GiB that is read costs: nothing for a broker in the bucket's region; Amazon takes 0.02 between regions and 0.09 to the internet.",
        roles: ServerRole.Broker);

    internal static readonly TypedSetting<int> FlushBytes = Add(
        Records, "flush.bytes", SettingTypes.Bytes32(KiB, GiB), "8MiB", "Buffered bytes that start a flush before its interval has passed.");

    internal static readonly TypedSetting<int> FlushIntervalMs = Add(
        Records, "flush.interval.ms", SettingTypes.Milliseconds(0, 60_000), "250",
        "The time between the starts of two flushes; each is one object. An acknowledgement waits for its flush, "
        + "so a larger value means fewer requests to the store and slower acknowledgements. "
        + "It is short in kafscale dev because a write to a folder costs no request.",
        devDefault: "10", shownByDev: true);

    internal static readonly TypedSetting<int> FlushConcurrency = Add(
        Records, "flush.concurrency", SettingTypes.Int32(1, 64), "4", "Flushes that upload at a time.");

    internal static readonly TypedSetting<long> BufferMaxBytes = Add(
        Records, "buffer.max.bytes", SettingTypes.Bytes(MiB, 1024L * GiB), "256MiB",
        "Bytes of records accepted and not yet committed. At the limit, producers are not read from.");

    internal static readonly TypedSetting<int> SegmentBytes = Add(
        Records, "segment.bytes", SettingTypes.Bytes32(64 * KiB, 2_000 * MiB), "64MiB",
        "Committed bytes of a partition that are merged into one segment.");

    internal static readonly TypedSetting<int> SegmentMs = Add(
        Records, "segment.ms", SettingTypes.Milliseconds(1_000), "600000", "The age at which records are merged into a segment of any size.");

    internal static readonly TypedSetting<long> CacheBytes = Add(
        Records, "cache.bytes", SettingTypes.Bytes(0, 1024L * GiB), "256MiB", "Bytes of recently written or read records kept in memory.");

    internal static readonly TypedSetting<int> ReadAheadSegments = Add(
        Records, "readahead.segments", SettingTypes.Int32(0, 100), "2",
        "How many segments behind the one that a consumer reads through may be begun to be loaded before it asks for them; "
        + "at most 16 MiB are. 0 turns reading ahead off.");

    internal static readonly TypedSetting<int> LogRetentionCheckIntervalMs = Add(
        Records, "log.retention.check.interval.ms", SettingTypes.Milliseconds(100, OneDayMs), "300000",
        "How often it is checked which records have outlived their topic's retention.");

    internal static readonly TypedSetting<int> LogSegmentDeleteDelayMs = Add(
        Records, "log.segment.delete.delay.ms", SettingTypes.Milliseconds(100, OneDayMs), "60000",
        "How long objects stay after nothing refers to them, for readers that still do, and for requests that are on their way for long.");

    internal static readonly TypedSetting<int> GarbageSearchIntervalMs = Add(
        Records, "garbage.search.interval.ms", SettingTypes.Milliseconds(100, OneDayMs), "3600000",
        "How often all objects are listed to find those that nothing refers to; crashes leave some.");

    internal static readonly TypedSetting<int> HealthWindowSec = Add(
        Health, "s3.health.window.sec", SettingTypes.Int32(10, 3_600, "seconds"), "60",
        "How far back operations of the object store count at most when its health is judged, and what kafscale_s3_error_rate and "
        + "kafscale_s3_latency_ms_avg are about. Judged are the operations of the last five seconds, or further back where they are fewer than ten.");

    internal static readonly TypedSetting<int> LatencyWarnMs = Add(
        Health, "s3.latency.warn.ms", SettingTypes.Milliseconds(1, OneDayMs), "1000",
        "An operation counts as slow where it takes longer than this and than four times what is normal for its kind and size. "
        + "Where clearly more than half of them are slow, the store is degraded. A second is added for each 8 MiB.");

    internal static readonly TypedSetting<int> LatencyCritMs = Add(
        Health, "s3.latency.crit.ms", SettingTypes.Milliseconds(1, OneDayMs), "3000",
        "An operation counts as very slow where it takes longer than this and than ten times what is normal for its kind and size. "
        + "Where clearly more than half of them are very slow, the store is unavailable. A second is added for each 8 MiB.");

    internal static readonly TypedSetting<double> ErrorRateWarn = Add(
        Health, "s3.error.rate.warn", SettingTypes.Share, "0.5",
        "The share of reads, or of writes, that fail or are throttled, above which the store is degraded. Below it, retries make up for the errors.");

    internal static readonly TypedSetting<double> ErrorRateCrit = Add(
        Health, "s3.error.rate.crit", SettingTypes.Share, "0.8",
        "The share of reads, or of writes, that fail or are throttled, above which the store is unavailable.");

    internal static readonly TypedSetting<bool> HealthFetchFromCache = Add(
        Health, "s3.health.fetch.from.cache", SettingTypes.Boolean, "false",
        "Whether fetches are answered that the cache can answer in full while the object store is degraded or unavailable; otherwise all are refused.");

    internal static readonly TypedSetting<bool> AutoCreateTopics = Add(
        Topics, "auto.create.topics", SettingTypes.Boolean, "true", "Whether a topic that a client asks for is created where it does not exist.");

    internal static readonly TypedSetting<int> AutoCreatePartitions = Add(
        Topics, "auto.create.partitions", SettingTypes.Int32(1, 10_000), "1", "Partitions of a topic that is created without saying how many.");

    internal static readonly TypedSetting<int> MessageMaxBytes = Add(
        Topics, "message.max.bytes", SettingTypes.Bytes32(KiB, GiB), "20MiB",
        "The largest record batch. It is more than Kafka's 1 MiB, so that records of 10 MiB pass once the client allows them.");

    internal static readonly TypedSetting<int> GroupInitialRebalanceDelayMs = Add(
        Groups, "group.initial.rebalance.delay.ms", SettingTypes.Milliseconds(0, 600_000), "3000",
        "How long a new group waits for more members before its first rebalance.",
        devDefault: "0");

    internal static readonly TypedSetting<int> GroupMinSessionTimeoutMs = Add(
        Groups, "group.min.session.timeout.ms", SettingTypes.Milliseconds(1), "6000", "The shortest session timeout that a member may ask for.");

    internal static readonly TypedSetting<int> GroupMaxSessionTimeoutMs = Add(
        Groups, "group.max.session.timeout.ms", SettingTypes.Milliseconds(1), "1800000", "The longest session timeout that a member may ask for.");

    internal static readonly TypedSetting<int> GroupMaxSize = Add(
        Groups, "group.max.size", SettingTypes.Int32(1, 1_000_000), "10000", "The most members of one group.");

    internal static readonly TypedSetting<int> GroupConsumerHeartbeatIntervalMs = Add(
        Groups, "group.consumer.heartbeat.interval.ms", SettingTypes.Milliseconds(10, 600_000), "5000",
        "How often members of the consumer protocol (KIP-848) report.");

    internal static readonly TypedSetting<int> GroupConsumerSessionTimeoutMs = Add(
        Groups, "group.consumer.session.timeout.ms", SettingTypes.Milliseconds(100), "45000",
        "After how long a silence a member of the consumer protocol is removed.");

    internal static readonly TypedSetting<int> GroupConsumerMinHeartbeatIntervalMs = Add(
        Groups, "group.consumer.min.heartbeat.interval.ms", SettingTypes.Milliseconds(10, 600_000), "5000",
        "The shortest consumer.heartbeat.interval.ms that may be set on a group; at most group.consumer.heartbeat.interval.ms.");

    internal static readonly TypedSetting<int> GroupConsumerMaxHeartbeatIntervalMs = Add(
        Groups, "group.consumer.max.heartbeat.interval.ms", SettingTypes.Milliseconds(10, 600_000), "15000",
        "The longest consumer.heartbeat.interval.ms that may be set on a group; at least group.consumer.heartbeat.interval.ms.");

    internal static readonly TypedSetting<int> GroupConsumerMinSessionTimeoutMs = Add(
        Groups, "group.consumer.min.session.timeout.ms", SettingTypes.Milliseconds(100), "45000",
        "The shortest consumer.session.timeout.ms that may be set on a group; at most group.consumer.session.timeout.ms.");

    internal static readonly TypedSetting<int> GroupConsumerMaxSessionTimeoutMs = Add(
        Groups, "group.consumer.max.session.timeout.ms", SettingTypes.Milliseconds(100), "60000",
        "The longest consumer.session.timeout.ms that may be set on a group; at least group.consumer.session.timeout.ms.");

    internal static readonly TypedSetting<int> GroupConsumerMaxSize = Add(
        Groups, "group.consumer.max.size", SettingTypes.Int32(1, 1_000_000), "10000", "The most members of one group of the consumer protocol.");

    internal static readonly TypedSetting<ConsumerGroupMigrationPolicy> GroupConsumerMigrationPolicy = Add(
        Groups, "group.consumer.migration.policy", SettingTypes.MigrationPolicy, "bidirectional",
        "Whether a group that has members goes over to the consumer protocol when a member of that joins (upgrade), and back when the last one has gone (downgrade).");

    internal static readonly TypedSetting<int> OffsetsRetentionMinutes = Add(
        Groups, "offsets.retention.minutes", SettingTypes.Int32(1, int.MaxValue, "minutes"), "10080",
        "How long the offsets of a group are kept after its last member has left.");

    internal static readonly TypedSetting<LogLevel> LogLevel = Add(
        Process, "log.level", SettingTypes.Level, "info", "The lowest level that is logged. Logs go to standard error.",
        devDefault: "warn", shownByDev: true);

    internal static readonly TypedSetting<LogFormat> LogFormat = Add(
        Process, "log.format", SettingTypes.Format, "console", "Lines for people, or a JSON object per line.");

    internal static readonly TypedSetting<int> LogRepeatsMax = Add(
        Process, "log.repeats.max", SettingTypes.Int32(0, 1_000_000), "60",
        "How many lines of one event are logged in a minute, and of those that say the same three at most; how many more there were is told before "
        + "the next one that is logged. 0: all. At debug and trace, all are.");

    internal static readonly TypedSetting<int> StartupTimeoutSec = Add(
        Process, "startup.timeout.sec", SettingTypes.Int32(1, 86_400, "seconds"), "30", "A broker that is not ready by then ends with an error.");

    internal static readonly TypedSetting<int> GracefulStopTimeoutMs = Add(
        Process, "graceful.stop.timeout.ms", SettingTypes.Milliseconds(0, OneDayMs), "15000",
        "How long a stop may take that flushes what is buffered and answers what is in progress.");

    internal static readonly TypedSetting<bool> MetricsEnabled = Add(
        Telemetry, "metrics.enabled", SettingTypes.Boolean, "true", "Whether /metrics has what the broker does; without, it has what the process uses alone.");

    internal static readonly TypedSetting<int> MetricsTopicsMax = Add(
        Telemetry, "metrics.topics.max", SettingTypes.Int32(0, 100_000), "500",
        "How many topics have metrics of their own; the others are summed under the topic _other.");

    internal static readonly TypedSetting<int> MetricsGroupsMax = Add(
        Telemetry, "metrics.groups.max", SettingTypes.Int32(0, 100_000), "500",
        "How many pairs of group and topic have their lag published, those that are the farthest behind; the others are summed under _other.");

    internal static readonly TypedSetting<int> MetricsPartitionsMax = Add(
        Telemetry, "metrics.partitions.max", SettingTypes.Int32(0, 100_000), "0",
        "How many partitions have metrics of their own: five series each. 0: none.");

    internal static readonly TypedSetting<Uri> OtlpEndpoint = Add(
        Telemetry, "otlp.endpoint", SettingTypes.HttpAddress, null,
        "Where metrics and traces are sent by the OpenTelemetry protocol, as in http://collector:4317. Where it is not set, nothing is sent. "
        + "Headers and resource attributes come from OTEL_EXPORTER_OTLP_HEADERS and OTEL_RESOURCE_ATTRIBUTES.");

    internal static readonly TypedSetting<OtlpProtocol> OtlpProtocol = Add(
        Telemetry, "otlp.protocol", SettingTypes.OtlpProtocol, "grpc", "How: gRPC, usually at port 4317, or HTTP with protobuf, usually at port 4318.");

    internal static readonly TypedSetting<int> OtlpMetricsIntervalSec = Add(
        Telemetry, "otlp.metrics.interval.sec", SettingTypes.Int32(0, 86_400, "seconds"), "60", "How often metrics are sent. 0: not at all; /metrics has them in any case.");

    internal static readonly TypedSetting<double> TracingSampleRatio = Add(
        Telemetry, "tracing.sample.ratio", SettingTypes.Ratio, "0",
        "The share of produce and fetch requests that are traced. A request whose first record carries a W3C trace context is traced where that says so, "
        + "whatever the share. 0: nothing is traced, and no record is looked into.");

    /// <summary>All settings, in the order in which they are documented.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Registered, .. SettingsOfLaterVersions.All];

    /// <summary>Those that say something about etcd.</summary>
    internal static IReadOnlyList<Setting> OfEtcd { get; } = [.. Registered.Where(setting => setting.Section == Etcd)];

    /// <summary>Those that say something about the bucket for records.</summary>
    internal static IReadOnlyList<Setting> OfS3 { get; } = [.. Registered.Where(setting => setting.Section == S3)];

    /// <summary>What the values of <c>log.level</c> mean.</summary>
    public static IReadOnlyDictionary<string, LogLevel> LogLevelNames => SettingTypes.LevelNames;

    /// <summary>The setting of a key, or null.</summary>
    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    private static TypedSetting<T> Add<T>(
        string section,
        string key,
        SettingType<T> type,
        string? @default,
        string description,
        string? flagAlias = null,
        string? devDefault = null,
        bool shownByDev = false,
        ServerRole roles = ServerRole.Both,
        ServerRole requiredBy = ServerRole.None,
        bool secret = false)
    {
        var setting = new TypedSetting<T>
        {
            Section = section,
            Key = key,
            Type = type,
            Default = @default,
            Description = description,
            FlagAlias = flagAlias,
            DevDefault = devDefault,
            IsShownByDev = shownByDev,
            Roles = roles,
            RequiredBy = requiredBy,
            IsSecret = secret,
        };
        Registered.Add(setting);
        return setting;
    }
}
