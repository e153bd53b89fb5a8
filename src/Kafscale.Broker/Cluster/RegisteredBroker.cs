using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>A live broker.</summary>
/// <param name="Record">What it said of itself.</param>
/// <param name="Session">The number of its session.</param>
/// <param name="Revision">When it has said so.</param>
internal sealed record RegisteredBroker(SessionRecord Record, long Session, long Revision)
{
    private const string LeadRole = "lead";
    private const string ReadRole = "read";

    /// <summary>Whether it leads partitions and coordinates groups; it reads in any case.</summary>
    public bool Leads => Record.Roles.Count == 0 || Record.Roles.Contains(LeadRole);

    /// <summary>Whether it may be given more to lead.</summary>
    public bool TakesLeadership => Leads && !Record.Draining;

    /// <summary>Whether it leads, and can neither write nor read what it leads.</summary>
    public bool IsImpaired => Leads && Record.Impaired;

    /// <summary>Holds as long as the broker is in this session.</summary>
    public Comparison Fence(MetadataKeys keys) =>
        Comparison.CreateRevision(keys.Session(Record.BrokerId), SessionNumbers.RevisionOf(Session));

    /// <summary>What a broker says of itself that leads, or that does not.</summary>
    public static IEnumerable<string> RolesOf(bool leads) => leads ? [ReadRole, LeadRole] : [ReadRole];
}
