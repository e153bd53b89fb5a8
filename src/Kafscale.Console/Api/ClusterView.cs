using Kafscale.Console.Cluster;

namespace Kafscale.Console.Api;

/// <summary>A cluster at a glance.</summary>
/// <param name="At">When it was seen; null before the first look.</param>
/// <param name="Failure">Why the last look failed; null where it did not.</param>
/// <param name="ClusterId">Its id.</param>
/// <param name="Brokers">How many live brokers there are.</param>
/// <param name="Topics">How many topics.</param>
/// <param name="Partitions">How many partitions of these.</param>
/// <param name="PartitionsWithoutLeader">How many of these nobody leads.</param>
/// <param name="Groups">How many groups.</param>
/// <param name="Lag">How many records groups have not consumed yet.</param>
/// <param name="BytesInPerSecond">Record bytes that come; null where no broker answers over HTTP.</param>
/// <param name="BytesOutPerSecond">Record bytes that go; null where no broker answers over HTTP.</param>
/// <param name="DollarsPerHour">What requests to the object store cost; null where no broker answers over HTTP.</param>
/// <param name="Attention">What somebody should look at, in sentences.</param>
internal sealed record ClusterView(
    DateTimeOffset? At,
    string? Failure,
    string ClusterId,
    int Brokers,
    int Topics,
    int Partitions,
    int PartitionsWithoutLeader,
    int Groups,
    long Lag,
    double? BytesInPerSecond,
    double? BytesOutPerSecond,
    double? DollarsPerHour,
    IReadOnlyList<string> Attention)
{
    public static ClusterView Of(ClusterSnapshot snapshot) => new(
        snapshot.At,
        snapshot.Failure,
        snapshot.ClusterId,
        snapshot.Brokers.Count,
        snapshot.Topics.Count,
        snapshot.Topics.Sum(topic => topic.Partitions.Count),
        snapshot.Topics.Sum(topic => topic.Leaderless),
        snapshot.Groups.Count,
        snapshot.Groups.Sum(group => group.Lag ?? 0),
        snapshot.Rates.IsKnown ? snapshot.Rates.BytesInPerSecond : null,
        snapshot.Rates.IsKnown ? snapshot.Rates.BytesOutPerSecond : null,
        snapshot.Rates.IsKnown ? snapshot.Rates.CostDollarsPerHour : null,
        [.. Cluster.Attention.Of(snapshot).Select(item => $"{item.Title} {item.Detail}")]);
}
