using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>What clients are told of a partition's leader and replicas.</summary>
/// <param name="ErrorCode">None, or <see cref="ErrorCode.LeaderNotAvailable"/>.</param>
/// <param name="LeaderId">The leader, or -1.</param>
/// <param name="LeaderEpoch">The newest epoch, or -1 where there was no leader yet.</param>
/// <param name="Replicas">The one broker that leads or led, and those that are there for reading; shared, not to be changed.</param>
/// <param name="InSyncReplicas">Those of them that are live; shared, not to be changed.</param>
/// <param name="OfflineReplicas">Those of them that are not; shared, not to be changed.</param>
internal readonly record struct PartitionDescription(
    ErrorCode ErrorCode, int LeaderId, int LeaderEpoch, List<int> Replicas, List<int> InSyncReplicas, List<int> OfflineReplicas);
