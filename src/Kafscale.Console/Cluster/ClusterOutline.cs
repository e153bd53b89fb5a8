using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>What there is in a cluster.</summary>
/// <param name="ClusterId">Its id.</param>
/// <param name="ControllerId">The broker that decides who leads what; null where there is none.</param>
/// <param name="Brokers">The live brokers.</param>
/// <param name="Topics">The topics by name, with what they take in the object store where that is known.</param>
/// <param name="Groups">The groups by id.</param>
internal sealed record ClusterOutline(
    string ClusterId,
    int? ControllerId,
    IReadOnlyList<LiveBroker> Brokers,
    IReadOnlyList<(string Name, IReadOnlyList<PartitionSummary> Partitions, TopicStorage? Storage)> Topics,
    IReadOnlyList<GroupSummary> Groups);
