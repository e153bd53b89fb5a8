namespace Kafscale.Operator.Resources;

internal sealed class TopicSpec
{
    public string ClusterRef { get; set; } = "";

    public int Partitions { get; set; }

    public long? RetentionMs { get; set; }

    public long? RetentionBytes { get; set; }

    public Dictionary<string, string>? Config { get; set; }
}
