using Kafscale.Console.Cluster;

namespace Kafscale.Console.Api;

/// <summary>A topic in a list.</summary>
internal sealed record TopicView(string Name, int Partitions, long? Records, double? RecordsPerSecond, double? BytesInPerSecond, double? BytesOutPerSecond, long? Bytes, long? RetentionMs, long? RetentionBytes)
{
    public static TopicView Of(TopicSummary topic) =>
        new(topic.Name, topic.Partitions.Count, topic.Records, topic.RecordsPerSecond, topic.BytesInPerSecond, topic.BytesOutPerSecond, topic.Bytes, topic.Storage?.RetentionMs, topic.Storage?.RetentionBytes);
}
