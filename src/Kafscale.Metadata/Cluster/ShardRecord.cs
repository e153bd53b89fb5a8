namespace Kafscale.Metadata.Cluster;

/// <content>Says who leads a shard of groups.</content>
public partial class ShardRecord : ILeadershipRecord;
