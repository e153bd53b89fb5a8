using System.Globalization;
using System.Text.RegularExpressions;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Kafka's topic configurations: their names, types, ranges and defaults. Those that mean nothing to a broker without
/// replicas and log files are accepted, kept and shown, because tools set them.
/// </summary>
internal static partial class TopicConfigs
{
    public const string CleanupPolicy = "cleanup.policy";
    public const string MaxMessageBytes = "max.message.bytes";
    public const string MessageTimestampType = "message.timestamp.type";
    public const string RetentionBytes = "retention.bytes";
    public const string RetentionMs = "retention.ms";
    public const string SegmentBytes = "segment.bytes";
    public const string SegmentMs = "segment.ms";

    private static readonly TopicConfiguration Defaults = new();

    /// <summary>Every known configuration, by name.</summary>
    public static IReadOnlyDictionary<string, TopicConfigDefinition> All { get; } = new TopicConfigDefinition[]
    {
        List(CleanupPolicy, "delete", ["delete", "compact"], "What becomes of old records: deleted by retention, kept by key, or both."),
        Text("compression.type", "producer", ["uncompressed", "gzip", "snappy", "lz4", "zstd", "producer"], "Kept for tools; batches stay as the producer compressed them."),
        Number(MaxMessageBytes, ConfigType.Int, 0, int.MaxValue, configuration => configuration.MaxMessageBytes, "The largest record batch, in bytes."),
        Text(MessageTimestampType, "CreateTime", ["CreateTime", "LogAppendTime"], "Whose clock the records' timestamps are of."),
        Number(RetentionBytes, ConfigType.Long, -1, long.MaxValue, configuration => configuration.RetentionBytes, "The size that a partition is kept to, in bytes; -1: no limit."),
        Number(RetentionMs, ConfigType.Long, -1, long.MaxValue, configuration => configuration.RetentionMs, "How long records are kept, in milliseconds; -1: for ever."),
        Number(SegmentBytes, ConfigType.Int, 1024 * 1024, 1024 * 1024 * 1024, configuration => configuration.SegmentBytes, "How many bytes are merged into a segment."),
        Number(SegmentMs, ConfigType.Long, 1, long.MaxValue, configuration => configuration.SegmentMs, "After how many milliseconds fewer bytes are merged into a segment."),
        Level("compression.gzip.level", -1, 1, 9),
        Level("compression.lz4.level", 9, 1, 17),
        Level("compression.zstd.level", 3, -131_072, 22),
        Number("delete.retention.ms", ConfigType.Long, 0, long.MaxValue, _ => 86_400_000, "Kept for tools; without effect."),
        Number("file.delete.delay.ms", ConfigType.Long, 0, long.MaxValue, configuration => configuration.FileDeleteDelayMs, "How long objects stay after nothing refers to them, in milliseconds. Kept for tools where it is set on a topic: the broker's log.segment.delete.delay.ms decides."),
        Number("flush.messages", ConfigType.Long, 1, long.MaxValue, _ => long.MaxValue, "Kept for tools; every acknowledged record is durable."),
        Number("flush.ms", ConfigType.Long, 0, long.MaxValue, _ => long.MaxValue, "Kept for tools; every acknowledged record is durable."),
        Number("index.interval.bytes", ConfigType.Int, 0, int.MaxValue, _ => 4096, "Kept for tools; without effect."),
        ThrottledReplicas("follower.replication.throttled.replicas"),
        ThrottledReplicas("leader.replication.throttled.replicas"),
        Number("local.retention.bytes", ConfigType.Long, -2, long.MaxValue, _ => -2, "Kept for tools; without effect: all records are in the object store."),
        Number("local.retention.ms", ConfigType.Long, -2, long.MaxValue, _ => -2, "Kept for tools; without effect: all records are in the object store."),
        Number("max.compaction.lag.ms", ConfigType.Long, 1, long.MaxValue, _ => long.MaxValue, "Kept for tools; without effect."),
        Number("message.timestamp.after.max.ms", ConfigType.Long, 0, long.MaxValue, _ => 3_600_000, "Kept for tools; without effect."),
        Number("message.timestamp.before.max.ms", ConfigType.Long, 0, long.MaxValue, _ => long.MaxValue, "Kept for tools; without effect."),
        Fraction("min.cleanable.dirty.ratio", "0.5", "Kept for tools; without effect."),
        Number("min.compaction.lag.ms", ConfigType.Long, 0, long.MaxValue, _ => 0, "Kept for tools; without effect."),
        Number("min.insync.replicas", ConfigType.Int, 1, int.MaxValue, _ => 1, "Kept for tools; every acknowledged record is durable."),
        Boolean("preallocate", "Kept for tools; without effect."),
        Boolean("remote.log.copy.disable", "Kept for tools; without effect: all records are in the object store.", isOfTopicsAlone: true),
        Boolean("remote.log.delete.on.disable", "Kept for tools; without effect: all records are in the object store.", isOfTopicsAlone: true),
        Boolean("remote.storage.enable", "Kept for tools; without effect: all records are in the object store.", isOfTopicsAlone: true),
        Number("segment.index.bytes", ConfigType.Int, 4, int.MaxValue, _ => 10_485_760, "Kept for tools; without effect."),
        Number("segment.jitter.ms", ConfigType.Long, 0, long.MaxValue, _ => 0, "Kept for tools; without effect."),
        Boolean("unclean.leader.election.enable", "Kept for tools; no leader is ever unclean."),
    }.ToDictionary(definition => definition.Name, StringComparer.Ordinal);

    public static string[] SplitList(string value) => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static TopicConfigDefinition Number(
        string name, ConfigType type, long minimum, long maximum, Func<TopicConfiguration, long> effective, string documentation) => new()
        {
            Name = name,
            Type = type,
            Documentation = documentation,
            Effective = configuration => effective(configuration).ToString(CultureInfo.InvariantCulture),
            Validate = value => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                    && number >= minimum && number <= maximum
                ? null
                : $"Invalid value {value} for configuration {name}: a whole number from {minimum} to {maximum} is expected",
        };

    private static TopicConfigDefinition Fraction(string name, string defaultValue, string documentation) => new()
    {
        Name = name,
        Type = ConfigType.Double,
        Documentation = documentation,
        Effective = _ => defaultValue,
        Validate = value => double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1
            ? null
            : $"Invalid value {value} for configuration {name}: a number from 0 to 1 is expected",
    };

    // Of gzip, the default is a value of its own, outside of the range.
    private static TopicConfigDefinition Level(string name, int defaultLevel, int minimum, int maximum)
    {
        const string Documentation = "Kept for tools; batches stay as the producer compressed them.";
        var range = Number(name, ConfigType.Int, minimum, maximum, _ => defaultLevel, Documentation);
        return new()
        {
            Name = name,
            Type = range.Type,
            Documentation = Documentation,
            Effective = range.Effective,
            Validate = value => value == range.Effective(Defaults) ? null : range.Validate(value),
        };
    }

    private static TopicConfigDefinition Boolean(string name, string documentation, bool isOfTopicsAlone = false) => new()
    {
        Name = name,
        Type = ConfigType.Boolean,
        Documentation = documentation,
        IsOfTopicsAlone = isOfTopicsAlone,
        Effective = _ => "false",
        Validate = value => bool.TryParse(value, out var _) ? null : $"Invalid value {value} for configuration {name}: true or false is expected",
    };

    private static TopicConfigDefinition ThrottledReplicas(string name) => new()
    {
        Name = name,
        Type = ConfigType.List,
        Documentation = "Kept for tools; without effect: there is no replication.",
        IsOfTopicsAlone = true,
        Effective = _ => "",
        Validate = value => value.Trim() == "*" || SplitList(value).All(replica => ThrottledReplica().IsMatch(replica))
            ? null
            : $"Invalid value {value} for configuration {name}: * or a list of PARTITION:BROKER is expected",
    };

    [GeneratedRegex("^[0-9]+:[0-9]+\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ThrottledReplica();

    private static TopicConfigDefinition Text(string name, string defaultValue, string[] allowed, string documentation) => new()
    {
        Name = name,
        Type = ConfigType.String,
        Documentation = documentation,
        Effective = configuration => name == MessageTimestampType ? configuration.TimestampType.ToString() : defaultValue,
        Validate = value => allowed.Contains(value)
            ? null
            : $"Invalid value {value} for configuration {name}: one of {string.Join(", ", allowed)} is expected",
    };

    private static TopicConfigDefinition List(string name, string defaultValue, string[] allowed, string documentation) => new()
    {
        Name = name,
        Type = ConfigType.List,
        Documentation = documentation,
        Effective = _ => defaultValue,
        Validate = value => SplitList(value) is { Length: > 0 } parts && parts.All(allowed.Contains)
            ? null
            : $"Invalid value {value} for configuration {name}: a list of {string.Join(", ", allowed)} is expected",
    };
}
