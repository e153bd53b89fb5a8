using Kafscale.Metadata.Etcd;

namespace Kafscale.Operator.Etcd;

/// <summary>What a look at an etcd has shown.</summary>
/// <param name="Trouble">Why it cannot be used; null where it can.</param>
/// <param name="HoldsCluster">Whether it has the record of a cluster; null where it cannot be used.</param>
/// <param name="Members">Those that answer, by address.</param>
internal sealed record EtcdLook(string? Trouble, bool? HoldsCluster, IReadOnlyDictionary<Uri, EtcdMemberStatus> Members);
