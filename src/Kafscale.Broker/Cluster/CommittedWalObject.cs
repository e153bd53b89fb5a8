using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>A WAL object together with the commit that made it count.</summary>
internal sealed record CommittedWalObject(WalObjectReference Reference, CommitRecord Commit);
