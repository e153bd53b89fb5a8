namespace Kafscale.Metadata.Cluster;

/// <content>Says who leads a partition.</content>
public partial class PartitionRecord : ILeadershipRecord;
