using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>When which part of the cluster's metadata has last changed; 0: never.</summary>
internal sealed class ClusterRevisions(MetadataKeys keys)
{
    // What goes with a lease is in no snapshot, and WAL objects say themselves what commits do.
    private readonly string[] _ofNoSnapshot = [keys.Commits, keys.Checkpoints, keys.Sessions, keys.Controller, keys.Loads];

    private readonly string[] _ofTopics = [keys.Topics, keys.Deletions];
    private readonly string[] _ofAssignments = [keys.Topics, keys.Sessions, keys.Assignments, keys.Controller];
    private readonly string[] _ofBrokers = [keys.Sessions];

    /// <summary>Brokers that come, go, or tell something else of themselves.</summary>
    public long Brokers { get; private set; }

    /// <summary>Topics and their deletions.</summary>
    public long Topics { get; private set; }

    /// <summary>Anything else that is in a snapshot.</summary>
    public long Others { get; private set; }

    /// <summary>Anything that assignments are made from, and they themselves.</summary>
    public long Assignments { get; private set; }

    /// <summary>Whether a change is of a key with one of these prefixes.</summary>
    public static bool IsUnder(MetadataChange change, string[] prefixes) =>
        Array.Exists(prefixes, prefix => change.Key.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Takes note of a change that was taken over.</summary>
    public void Note(MetadataChange change)
    {
        if (IsUnder(change, _ofTopics))
        {
            Topics = Math.Max(Topics, change.Revision);
        }
        else if (!IsUnder(change, _ofNoSnapshot))
        {
            Others = Math.Max(Others, change.Revision);
        }

        if (IsUnder(change, _ofBrokers))
        {
            Brokers = Math.Max(Brokers, change.Revision);
        }

        if (IsUnder(change, _ofAssignments))
        {
            Assignments = Math.Max(Assignments, change.Revision);
        }
    }
}
