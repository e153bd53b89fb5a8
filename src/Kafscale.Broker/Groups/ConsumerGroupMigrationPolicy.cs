namespace Kafscale.Broker.Groups;

/// <summary>Whether a group with members may go over from one protocol to the other (KIP-848); an empty one always may.</summary>
public enum ConsumerGroupMigrationPolicy
{
    /// <summary>Neither way.</summary>
    Disabled,

    /// <summary>From the classic protocol to the consumer protocol.</summary>
    Upgrade,

    /// <summary>From the consumer protocol to the classic protocol.</summary>
    Downgrade,

    /// <summary>Both ways.</summary>
    Bidirectional,
}
