using System.Globalization;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Cluster;

/// <summary>What holds for a topic, typed. Every property is one of Kafka's topic configurations; see <see cref="TopicConfigs"/>.</summary>
internal sealed record TopicConfiguration
{
    /// <summary><c>max.message.bytes</c>: the largest batch.</summary>
    public int MaxMessageBytes { get; init; } = 20 * 1024 * 1024;

    /// <summary><c>retention.ms</c>; -1: for ever.</summary>
    public long RetentionMs { get; init; } = 7L * 24 * 60 * 60 * 1000;

    /// <summary><c>retention.bytes</c> of each partition; -1: no limit.</summary>
    public long RetentionBytes { get; init; } = -1;

    /// <summary><c>segment.bytes</c>: committed slices are merged once they amount to this.</summary>
    public int SegmentBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary><c>segment.ms</c>: or once the oldest of them is as old as this.</summary>
    public long SegmentMs { get; init; } = 10L * 60 * 1000;

    /// <summary><c>file.delete.delay.ms</c>: how long objects stay once nothing refers to them. A topic's own value is kept and shown alone.</summary>
    public int FileDeleteDelayMs { get; init; } = 60_000;

    /// <summary><c>message.timestamp.type</c>.</summary>
    public TimestampType TimestampType { get; init; } = TimestampType.CreateTime;

    /// <summary>Whether <c>cleanup.policy</c> has <c>delete</c>: retention applies only then.</summary>
    public bool IsDeleted { get; init; } = true;

    /// <summary>Whether <c>cleanup.policy</c> has <c>compact</c>: every record needs a key then.</summary>
    public bool IsCompacted { get; init; }

    /// <summary>These settings with a topic's own over them. Values were checked when they were set.</summary>
    public TopicConfiguration With(IEnumerable<KeyValuePair<string, string>> configs)
    {
        var result = this;
        foreach (var (name, value) in configs)
        {
            result = name switch
            {
                TopicConfigs.MaxMessageBytes => result with { MaxMessageBytes = (int)Number(value) },
                TopicConfigs.RetentionMs => result with { RetentionMs = Number(value) },
                TopicConfigs.RetentionBytes => result with { RetentionBytes = Number(value) },
                TopicConfigs.SegmentBytes => result with { SegmentBytes = (int)Number(value) },
                TopicConfigs.SegmentMs => result with { SegmentMs = Number(value) },
                TopicConfigs.MessageTimestampType => result with { TimestampType = ParseTimestampType(value) },
                TopicConfigs.CleanupPolicy => result with
                {
                    IsDeleted = TopicConfigs.SplitList(value).Contains("delete"),
                    IsCompacted = TopicConfigs.SplitList(value).Contains("compact"),
                },
                _ => result,
            };
        }

        return result;
    }

    private static long Number(string value) => long.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    private static TimestampType ParseTimestampType(string value) =>
        value == "LogAppendTime" ? TimestampType.LogAppendTime : TimestampType.CreateTime;
}
