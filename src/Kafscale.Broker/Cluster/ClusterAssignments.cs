using System.Collections.Concurrent;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>Who is to lead what, and who decides it: the part of <see cref="ClusterState"/> that the controller writes.</summary>
internal sealed class ClusterAssignments(MetadataKeys keys)
{
    private readonly ConcurrentDictionary<Guid, AssignmentRecord> _topics = new();
    private readonly ConcurrentDictionary<int, (ShardRecord Record, long Revision)> _groupShards = new();
    private readonly ConcurrentDictionary<int, LoadRecord> _loads = new();
    private volatile AssignmentRecord _groups = new();
    private volatile ElectedController? _controller;

    /// <summary>The controller, or <see langword="null"/> while there is none.</summary>
    public ElectedController? Controller => _controller;

    /// <summary>The assignments of topics, by topic id.</summary>
    public IReadOnlyDictionary<Guid, AssignmentRecord> Topics => _topics;

    /// <summary>The assignment of the group coordinators' shards.</summary>
    public AssignmentRecord Groups => _groups;

    /// <summary>How much brokers' partitions are read, by broker id.</summary>
    public IReadOnlyDictionary<int, LoadRecord> Loads => _loads;

    /// <summary>Who is to lead a partition; -1: nobody yet.</summary>
    public int LeaderOf(Guid topicId, int partition) =>
        _topics.TryGetValue(topicId, out var assignment) ? LeaderOf(assignment, partition) : -1;

    /// <summary>Who is to lead what has a number in an assignment; -1: nobody yet.</summary>
    public static int LeaderOf(AssignmentRecord assignment, int number) => number < assignment.Leaders.Count ? assignment.Leaders[number] : -1;

    /// <summary>Who leads a shard of the group coordinators, and when that was written; revision 0: nobody has yet.</summary>
    public (ShardRecord Record, long Revision) GroupShard(int shard) =>
        _groupShards.TryGetValue(shard, out var known) ? known : (new ShardRecord { Leader = -1 }, 0);

    /// <summary>Takes a change over where it is about assignments.</summary>
    public void Apply(MetadataChange change)
    {
        var value = change.Entry is { } entry ? entry.Value : default;
        if (change.Key == keys.Controller)
        {
            _controller = change.Entry is null
                ? null
                : new ElectedController(ControllerRecord.Parser.ParseFrom(value.Span), change.Entry.CreateRevision);
        }
        else if (change.Key == keys.GroupShardAssignment)
        {
            _groups = AssignmentRecord.Parser.ParseFrom(value.Span);
        }
        else if (keys.TryParseTopicAssignment(change.Key, out var topicId))
        {
            Set(_topics, topicId, change.Entry is null ? null : AssignmentRecord.Parser.ParseFrom(value.Span));
        }
        else if (keys.TryParseLoad(change.Key, out var brokerId))
        {
            Set(_loads, brokerId, change.Entry is null ? null : LoadRecord.Parser.ParseFrom(value.Span));
        }
        else if (keys.TryParseGroupShard(change.Key, out var shard) && change.Entry is not null)
        {
            _groupShards[shard] = (ShardRecord.Parser.ParseFrom(value.Span), change.Entry.ModRevision);
        }
    }

    private static void Set<TKey, TValue>(ConcurrentDictionary<TKey, TValue> known, TKey key, TValue? value)
        where TKey : notnull
        where TValue : class
    {
        if (value is null)
        {
            known.TryRemove(key, out _);
        }
        else
        {
            known[key] = value;
        }
    }
}
