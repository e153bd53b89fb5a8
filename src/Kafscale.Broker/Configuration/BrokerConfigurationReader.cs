using System.Globalization;

namespace Kafscale.Broker.Configuration;

/// <summary>Turns the values of several sources into one valid configuration, or names everything that is wrong.</summary>
public sealed partial class BrokerConfigurationReader
{
    private const string HiddenValue = "(hidden)";

    private readonly ServerRole _role;
    private readonly IReadOnlyList<ConfigurationSource> _sources;
    private readonly List<string> _problems;
    private readonly HashSet<string> _invalidKeys = [];

    private BrokerConfigurationReader(ServerRole role, IReadOnlyList<ConfigurationSource> sources, IEnumerable<string> earlierProblems)
    {
        _role = role;
        _sources = sources;
        _problems = [.. earlierProblems];
    }

    /// <summary>Reads a configuration.</summary>
    /// <param name="role">The command that is run.</param>
    /// <param name="sources">Where values come from; the first that has a setting decides, all are checked.</param>
    /// <param name="earlierProblems">What was found to be wrong before, such as unknown flags.</param>
    /// <exception cref="InvalidConfigurationException">Something is wrong; all of it is named.</exception>
    public static BrokerConfiguration Read(
        ServerRole role, IReadOnlyList<ConfigurationSource> sources, IEnumerable<string>? earlierProblems = null)
    {
        var reader = new BrokerConfigurationReader(role, sources, earlierProblems ?? []);
        reader.CheckKeys();
        var configuration = reader.ReadAll();
        reader.CheckTogether(configuration);
        return reader._problems.Count == 0 ? configuration : throw new InvalidConfigurationException(reader._problems);
    }

    private void CheckKeys()
    {
        foreach (var source in _sources)
        {
            foreach (var (key, value) in source.Values.OrderBy(pair => pair.Key, StringComparer.Ordinal))
            {
                var name = source.NameOf(key);
                switch (BrokerSettings.Find(key))
                {
                    case null:
                        _problems.Add($"{name} is not a setting.{Suggestion(source, key)}");
                        break;
                    case { MissingFeature: { } feature } setting when !string.Equals(value, setting.Default, StringComparison.OrdinalIgnoreCase):
                        _problems.Add($"{name} is set, but this version does not have: {feature}; valid: {setting.ValidValues}.");
                        break;
                    case { } setting when !setting.Roles.HasFlag(_role):
                        _problems.Add(
                            $"{name} is set, but {CommandName(_role)} does not take it. It belongs to {CommandName(setting.Roles)}.");
                        break;
                    default:
                        break;
                }
            }
        }
    }

    private BrokerConfiguration ReadAll() => new()
    {
        Role = _role,
        Listener = Required(BrokerSettings.Listener),
        AdvertisedHost = Optional(BrokerSettings.AdvertisedHost),
        AdvertisedPort = Given(BrokerSettings.AdvertisedPort) ? Required(BrokerSettings.AdvertisedPort) : null,
        BrokerId = Required(BrokerSettings.BrokerId),
        Rack = Optional(BrokerSettings.Rack),
        Roles = Required(BrokerSettings.Roles),
        HttpListener = Required(BrokerSettings.HttpListener),
        MaxConnections = Required(BrokerSettings.MaxConnections),
        ConnectionsMaxIdleMs = Required(BrokerSettings.ConnectionsMaxIdleMs),
        SocketRequestMaxBytes = Required(BrokerSettings.SocketRequestMaxBytes),
        QueuedMaxRequestBytes = Required(BrokerSettings.QueuedMaxRequestBytes),
        MaxInFlightRequestsPerConnection = Required(BrokerSettings.MaxInFlightRequestsPerConnection),
        MetadataStore = ReadMetadataStore(),
        Etcd = Given(BrokerSettings.EtcdEndpoints) ? ReadEtcd() : null,
        ObjectStore = ReadObjectStore(),
        S3 = Given(BrokerSettings.S3Bucket) ? ReadS3() : null,
        SessionLeaseTtlMs = Required(BrokerSettings.SessionLeaseTtlMs),
        FlushBytes = Required(BrokerSettings.FlushBytes),
        FlushIntervalMs = Required(BrokerSettings.FlushIntervalMs),
        FlushConcurrency = Required(BrokerSettings.FlushConcurrency),
        BufferMaxBytes = Required(BrokerSettings.BufferMaxBytes),
        SegmentBytes = Required(BrokerSettings.SegmentBytes),
        SegmentMs = Required(BrokerSettings.SegmentMs),
        CacheBytes = Required(BrokerSettings.CacheBytes),
        ReadAheadSegments = Required(BrokerSettings.ReadAheadSegments),
        LogRetentionCheckIntervalMs = Required(BrokerSettings.LogRetentionCheckIntervalMs),
        LogSegmentDeleteDelayMs = Required(BrokerSettings.LogSegmentDeleteDelayMs),
        GarbageSearchIntervalMs = Required(BrokerSettings.GarbageSearchIntervalMs),
        HealthWindowSec = Required(BrokerSettings.HealthWindowSec),
        LatencyWarnMs = Required(BrokerSettings.LatencyWarnMs),
        LatencyCritMs = Required(BrokerSettings.LatencyCritMs),
        ErrorRateWarn = Required(BrokerSettings.ErrorRateWarn),
        ErrorRateCrit = Required(BrokerSettings.ErrorRateCrit),
        HealthFetchFromCache = Required(BrokerSettings.HealthFetchFromCache),
        AutoCreateTopics = Required(BrokerSettings.AutoCreateTopics),
        AutoCreatePartitions = Required(BrokerSettings.AutoCreatePartitions),
        MessageMaxBytes = Required(BrokerSettings.MessageMaxBytes),
        GroupInitialRebalanceDelayMs = Required(BrokerSettings.GroupInitialRebalanceDelayMs),
        GroupMinSessionTimeoutMs = Required(BrokerSettings.GroupMinSessionTimeoutMs),
        GroupMaxSessionTimeoutMs = Required(BrokerSettings.GroupMaxSessionTimeoutMs),
        GroupMaxSize = Required(BrokerSettings.GroupMaxSize),
        GroupConsumerHeartbeatIntervalMs = Required(BrokerSettings.GroupConsumerHeartbeatIntervalMs),
        GroupConsumerSessionTimeoutMs = Required(BrokerSettings.GroupConsumerSessionTimeoutMs),
        GroupConsumerMinHeartbeatIntervalMs = Required(BrokerSettings.GroupConsumerMinHeartbeatIntervalMs),
        GroupConsumerMaxHeartbeatIntervalMs = Required(BrokerSettings.GroupConsumerMaxHeartbeatIntervalMs),
        GroupConsumerMinSessionTimeoutMs = Required(BrokerSettings.GroupConsumerMinSessionTimeoutMs),
        GroupConsumerMaxSessionTimeoutMs = Required(BrokerSettings.GroupConsumerMaxSessionTimeoutMs),
        GroupConsumerMaxSize = Required(BrokerSettings.GroupConsumerMaxSize),
        GroupConsumerMigrationPolicy = Required(BrokerSettings.GroupConsumerMigrationPolicy),
        OffsetsRetentionMinutes = Required(BrokerSettings.OffsetsRetentionMinutes),
        LogLevel = Required(BrokerSettings.LogLevel),
        LogFormat = Required(BrokerSettings.LogFormat),
        StartupTimeoutSec = Required(BrokerSettings.StartupTimeoutSec),
        GracefulStopTimeoutMs = Required(BrokerSettings.GracefulStopTimeoutMs),
        LogRepeatsMax = Required(BrokerSettings.LogRepeatsMax),
        OtlpEndpoint = Optional(BrokerSettings.OtlpEndpoint),
        OtlpProtocol = Required(BrokerSettings.OtlpProtocol),
        OtlpMetricsIntervalSec = Required(BrokerSettings.OtlpMetricsIntervalSec),
        TracingSampleRatio = Required(BrokerSettings.TracingSampleRatio),
        MetricsEnabled = Required(BrokerSettings.MetricsEnabled),
        MetricsTopicsMax = Required(BrokerSettings.MetricsTopicsMax),
        MetricsGroupsMax = Required(BrokerSettings.MetricsGroupsMax),
        MetricsPartitionsMax = Required(BrokerSettings.MetricsPartitionsMax),
    };

    private StoreLocation ReadMetadataStore() => _role switch
    {
        ServerRole.Broker => ReadMetadataStoreOfBroker(),
        _ when Required(BrokerSettings.InMemory) => StoreLocation.Memory,
        _ => new StoreLocation(StoreKind.Sqlite, Path.Combine(Required(BrokerSettings.DataDirectory) ?? "", "metadata.db")),
    };

    private StoreLocation ReadObjectStore() => _role switch
    {
        ServerRole.Broker => ReadObjectStoreOfBroker(),
        _ when Required(BrokerSettings.InMemory) => StoreLocation.Memory,
        _ => new StoreLocation(StoreKind.File, Path.Combine(Required(BrokerSettings.DataDirectory) ?? "", "objects")),
    };

    private void CheckTogether(BrokerConfiguration configuration)
    {
        CheckEtcd();
        CheckS3();
        NotMoreThan(BrokerSettings.FlushBytes, configuration.FlushBytes, BrokerSettings.BufferMaxBytes, configuration.BufferMaxBytes);
        NotMoreThan(BrokerSettings.MessageMaxBytes, configuration.MessageMaxBytes, BrokerSettings.BufferMaxBytes, configuration.BufferMaxBytes);
        NotMoreThan(
            BrokerSettings.MessageMaxBytes, configuration.MessageMaxBytes,
            BrokerSettings.SocketRequestMaxBytes, configuration.SocketRequestMaxBytes);
        NotMoreThan(
            BrokerSettings.SocketRequestMaxBytes, configuration.SocketRequestMaxBytes,
            BrokerSettings.QueuedMaxRequestBytes, configuration.QueuedMaxRequestBytes);
        NotMoreThan(
            BrokerSettings.GroupMinSessionTimeoutMs, configuration.GroupMinSessionTimeoutMs,
            BrokerSettings.GroupMaxSessionTimeoutMs, configuration.GroupMaxSessionTimeoutMs);
        CheckConsumerGroups(configuration);
        NotMoreThan(BrokerSettings.LatencyWarnMs, configuration.LatencyWarnMs, BrokerSettings.LatencyCritMs, configuration.LatencyCritMs);
        NotMoreThan(BrokerSettings.ErrorRateWarn, configuration.ErrorRateWarn, BrokerSettings.ErrorRateCrit, configuration.ErrorRateCrit);

        if (AreValid(BrokerSettings.Listener, BrokerSettings.AdvertisedHost)
            && configuration.Listener.IsAnyInterface && configuration.AdvertisedHost is null)
        {
            _problems.Add(
                $"broker.host is missing: broker.addr is {configuration.Listener}, which means all interfaces, and clients need one host "
                + $"to connect to. Set {WaysToSet(BrokerSettings.AdvertisedHost)}; valid: {BrokerSettings.AdvertisedHost.ValidValues}.");
        }

        if (AreValid(BrokerSettings.Listener, BrokerSettings.HttpListener) && configuration.Listener.Overlaps(configuration.HttpListener))
        {
            _problems.Add($"broker.addr is {configuration.Listener} and metrics.addr is {configuration.HttpListener}; valid: two different ports.");
        }

        NotMoreThan(BrokerSettings.FlushIntervalMs, configuration.FlushIntervalMs, BrokerSettings.SegmentMs, configuration.SegmentMs);
        CheckReading(configuration);
        CheckPlaces(configuration);
        if (_role == ServerRole.Dev && Given(BrokerSettings.DataDirectory) && configuration.ObjectStore.Kind == StoreKind.Memory)
        {
            _problems.Add("data.dir and in.memory are both set; valid: one of them.");
        }
    }

    private void CheckReading(BrokerConfiguration configuration)
    {
        if (Given(BrokerSettings.ReadAheadSegments) && configuration.ReadAheadSegments > 0 && configuration.CacheBytes == 0
            && AreValid(BrokerSettings.ReadAheadSegments, BrokerSettings.CacheBytes))
        {
            _problems.Add($"readahead.segments is {configuration.ReadAheadSegments}, but cache.bytes is 0, so there is no place for what is read ahead; valid: 0.");
        }

        // Alone on its metadata, nobody leads for it.
        if (AreValid(BrokerSettings.Roles, BrokerSettings.MetadataStore)
            && configuration is { Roles: BrokerRoles.Read, MetadataStore: { Kind: StoreKind.Sqlite } })
        {
            _problems.Add($"broker.roles is read, but metadata is for an installation of one broker. Set {WaysToSet(BrokerSettings.EtcdEndpoints)} instead.");
        }
    }

    // Whatever lies below the folder for objects is taken for objects, or removed.
    private void CheckPlaces(BrokerConfiguration configuration)
    {
        if (_role == ServerRole.Broker
            && configuration is { MetadataStore: { Kind: StoreKind.Sqlite, Path: { } file }, ObjectStore: { Kind: StoreKind.File, Path: { } folder } }
            && AreValid(BrokerSettings.MetadataStore, BrokerSettings.ObjectStore)
            && (Path.GetFullPath(file) + '/').StartsWith(Path.GetFullPath(folder).TrimEnd('/') + '/', StringComparison.Ordinal))
        {
            _problems.Add($"metadata ({file}) lies in the folder of object.store ({folder}); valid: a place outside of it.");
        }
    }

    private void CheckConsumerGroups(BrokerConfiguration configuration)
    {
        NotMoreThan(
            BrokerSettings.GroupConsumerMinHeartbeatIntervalMs, configuration.GroupConsumerMinHeartbeatIntervalMs,
            BrokerSettings.GroupConsumerHeartbeatIntervalMs, configuration.GroupConsumerHeartbeatIntervalMs);
        NotMoreThan(
            BrokerSettings.GroupConsumerHeartbeatIntervalMs, configuration.GroupConsumerHeartbeatIntervalMs,
            BrokerSettings.GroupConsumerMaxHeartbeatIntervalMs, configuration.GroupConsumerMaxHeartbeatIntervalMs);
        NotMoreThan(
            BrokerSettings.GroupConsumerMinSessionTimeoutMs, configuration.GroupConsumerMinSessionTimeoutMs,
            BrokerSettings.GroupConsumerSessionTimeoutMs, configuration.GroupConsumerSessionTimeoutMs);
        NotMoreThan(
            BrokerSettings.GroupConsumerSessionTimeoutMs, configuration.GroupConsumerSessionTimeoutMs,
            BrokerSettings.GroupConsumerMaxSessionTimeoutMs, configuration.GroupConsumerMaxSessionTimeoutMs);

        // As for groups that set their own: who is silent for as long as members are told to be is not gone.
        if (configuration.GroupConsumerHeartbeatIntervalMs >= configuration.GroupConsumerSessionTimeoutMs
            && AreValid(BrokerSettings.GroupConsumerHeartbeatIntervalMs, BrokerSettings.GroupConsumerSessionTimeoutMs))
        {
            _problems.Add(
                $"{BrokerSettings.GroupConsumerHeartbeatIntervalMs.Key} ({configuration.GroupConsumerHeartbeatIntervalMs}) is not less than "
                + $"{BrokerSettings.GroupConsumerSessionTimeoutMs.Key} ({configuration.GroupConsumerSessionTimeoutMs}); valid: less.");
        }
    }

    private void NotMoreThan<T>(Setting smaller, T smallerValue, Setting larger, T largerValue)
        where T : IComparable<T>, IFormattable
    {
        if (smallerValue.CompareTo(largerValue) > 0 && AreValid(smaller, larger))
        {
            _problems.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{smaller.Key} ({smallerValue}) is more than {larger.Key} ({largerValue}); valid: at most as much."));
        }
    }

    private bool AreValid(params ReadOnlySpan<Setting> settings)
    {
        foreach (var setting in settings)
        {
            if (_invalidKeys.Contains(setting.Key))
            {
                return false;
            }
        }

        return true;
    }

    private bool Given(Setting setting) => _sources.Any(source => source.Values.ContainsKey(setting.Key));

    private T? Optional<T>(TypedSetting<T> setting)
        where T : class =>
        Given(setting) ? Required(setting) : null;

    /// <summary>The value of the first source that has one, else the default; null or zero where that is a problem, which is noted.</summary>
    private T Required<T>(TypedSetting<T> setting)
    {
        T? decided = default;
        var isDecided = false;
        foreach (var source in _sources)
        {
            if (source.Values.TryGetValue(setting.Key, out var text))
            {
                var value = Parse(setting, text, source.NameOf(setting.Key));
                decided = isDecided ? decided : value;
                isDecided = true;
            }
        }

        if (!isDecided)
        {
            if (setting.DefaultFor(_role) is { } text)
            {
                return setting.Type.Parse(text);
            }

            if (_invalidKeys.Add(setting.Key))
            {
                _problems.Add($"{setting.Key} is missing. Set {WaysToSet(setting)}; valid: {setting.ValidValues}.");
            }
        }

        // What is not decided is a noted problem, and no configuration with problems leaves this class.
        return decided!;
    }

    private T? Parse<T>(TypedSetting<T> setting, string text, string name)
    {
        try
        {
            return setting.Type.Parse(text);
        }
        catch (FormatException)
        {
            if (_invalidKeys.Add(setting.Key + name))
            {
                _problems.Add($"{name} is {(setting.IsSecret ? HiddenValue : $"\"{text}\"")}; valid: {setting.ValidValues}.");
            }

            _invalidKeys.Add(setting.Key);
            return default;
        }
    }

    private static string WaysToSet(Setting setting) =>
        $"{setting.Flag}, {setting.EnvironmentName} or {setting.Key} in the configuration file";

    private static string CommandName(ServerRole role) => $"kafscale {role.ToString().ToLowerInvariant()}";

    private string Suggestion(ConfigurationSource source, string key)
    {
        var written = key.StartsWith(EnvironmentNames.Prefix, StringComparison.Ordinal) ? key[EnvironmentNames.Prefix.Length..] : key;
        written = written.Replace('_', '.').Replace('-', '.').ToLowerInvariant();
        var closest = BrokerSettings.All
            .Where(setting => setting.Roles.HasFlag(_role) && setting.MissingFeature is null)
            .Select(setting => (setting.Key, Distance: EditDistance.Between(setting.Key, written)))
            .OrderBy(candidate => candidate.Distance)
            .First();
        return closest.Distance <= 1 + (written.Length / 5) ? $" Did you mean {source.NameOf(closest.Key)}?" : "";
    }
}
