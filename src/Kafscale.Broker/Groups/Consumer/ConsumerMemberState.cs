namespace Kafscale.Broker.Groups.Consumer;

/// <summary>How far a member is on the way from what it has to what it is to have.</summary>
internal enum ConsumerMemberState
{
    /// <summary>It has all that it is to have in its epoch.</summary>
    Stable,

    /// <summary>It must give partitions back before it gets into the next epoch.</summary>
    UnrevokedPartitions,

    /// <summary>It is in the newest epoch, but others have not yet given back what it is to have.</summary>
    UnreleasedPartitions,
}
