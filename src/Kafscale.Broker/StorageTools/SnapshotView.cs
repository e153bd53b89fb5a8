using System.Diagnostics.CodeAnalysis;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Broker.StorageTools;

/// <summary>A snapshot taken apart: what was there when it was taken, and what can only have come later.</summary>
internal sealed class SnapshotView
{
    private readonly HashSet<(long Session, long Sequence)> _commits = [];
    private readonly HashSet<long> _live;
    private readonly long _upTo;

    public SnapshotView(string key, MetadataSnapshot snapshot)
    {
        // Keys in a snapshot are relative; any root will do to take them apart.
        var keys = new MetadataKeys("");
        Key = key;
        Snapshot = snapshot;
        _live = [.. snapshot.LiveSessions];
        _upTo = SessionNumbers.Of(snapshot.Incarnation, snapshot.Revision);
        foreach (var entry in snapshot.Entries)
        {
            var name = "/" + entry.Key;
            if (name.StartsWith(keys.Topics, StringComparison.Ordinal))
            {
                Topics.Add(name[keys.Topics.Length..], TopicRecord.Parser.ParseFrom(entry.Value.Span));
            }
            else if (keys.TryParsePartition(name, out var topicId, out var partition))
            {
                Partitions.Add((topicId, partition), PartitionRecord.Parser.ParseFrom(entry.Value.Span));
            }
            else if (keys.TryParseCommit(name, out var session, out var sequence))
            {
                _commits.Add((session, sequence));
            }
            else if (keys.TryParseCheckpoints(name, out session))
            {
                // What they hold is read from the WAL objects, like everything else.
                var checkpoints = CheckpointsRecord.Parser.ParseFrom(entry.Value.Span).Checkpoints;
                _commits.UnionWith(checkpoints.SelectMany(SessionCheckpoints.SequencesOf).Select(committed => (session, committed)));
            }
            else if (keys.TryParseDeletion(name, out var deletedId))
            {
                Deleted.Add(deletedId);
            }
            else if (name == keys.NextProducerId)
            {
                NextProducerId = ProducerIdsRecord.Parser.ParseFrom(entry.Value.Span).NextProducerId;
            }
            else
            {
                Others.Add(entry);
            }
        }

        TopicIdsKnown = [.. Topics.Values.Select(topic => TopicIds.FromBytes(topic.TopicId))];
    }

    public string Key { get; }

    public MetadataSnapshot Snapshot { get; }

    public Dictionary<string, TopicRecord> Topics { get; } = new(StringComparer.Ordinal);

    public HashSet<Guid> TopicIdsKnown { get; }

    public Dictionary<(Guid TopicId, int Partition), PartitionRecord> Partitions { get; } = [];

    public HashSet<Guid> Deleted { get; } = [];

    public long NextProducerId { get; }

    /// <summary>What is taken over as it is: groups, offsets, whatever later releases add.</summary>
    public List<SnapshotEntry> Others { get; } = [];

    /// <summary>Whether a WAL object's commit was there.</summary>
    public bool IsCommitted(long session, long sequence) => _commits.Contains((session, sequence));

    /// <summary>Whether a WAL object that is still there was not committed when its session had ended, and so never was.</summary>
    public bool IsNeverCommitted(long session, long sequence) => IsOver(session) && !IsCommitted(session, sequence);

    /// <summary>Whether a topic that was not there may have been created later, by what its records say.</summary>
    public bool MayBeNewer(long session, long sequence) => !IsOver(session) && !IsCommitted(session, sequence);

    public bool TryGetPartition(Guid topicId, int partition, [NotNullWhen(true)] out PartitionRecord? record) =>
        Partitions.TryGetValue((topicId, partition), out record);

    private bool IsOver(long session) => session <= _upTo && !_live.Contains(session);
}
