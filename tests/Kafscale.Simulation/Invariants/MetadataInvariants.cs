using System.Globalization;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Simulation.Checking;
using Kafscale.Simulation.Scheduling;

namespace Kafscale.Simulation.Invariants;

/// <summary>
/// Follows every change of the metadata, and finds those that must never be made whatever goes wrong (architecture, section 8): offsets that are
/// not contiguous, commits of who does not lead, changes by sessions that are over, epochs and positions that go back.
/// </summary>
/// <remarks>It knows nothing but the keys and values that are written, so it does not share the brokers' errors.</remarks>
internal sealed class MetadataInvariants(MemoryMetadataStore store, MetadataKeys keys, Scheduler scheduler, TimeSpan flushInterval)
{
    // Hand-overs flush at once, and a broker's clock may run a little faster than it should.
    private const double FlushesAtOnce = 50;
    private const double ClockTolerance = 1.1;

    private readonly Trace _trace = scheduler.Trace;
    private readonly List<Violation> _violations = [];
    private readonly Dictionary<long, long> _beganAt = [];
    private readonly SortedDictionary<int, long> _sessions = [];
    private readonly Dictionary<string, Guid> _topics = [];
    private readonly Dictionary<(Guid TopicId, int Partition), PartitionRecord> _partitions = [];
    private readonly Dictionary<(Guid TopicId, int Partition), long> _endOffsets = [];
    private readonly Dictionary<long, long> _sequences = [];

    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>What all keys of the cluster begin with.</summary>
    public string Root => keys.Root;

    /// <summary>Up to where the changes have been looked at.</summary>
    public long Revision { get; private set; }

    /// <summary>The topics that there are, by name.</summary>
    public IReadOnlyDictionary<string, Guid> Topics => _topics;

    /// <summary>Follows until the simulation is over.</summary>
    public async Task RunAsync()
    {
        await foreach (var batch in store.WatchAsync(keys.Root, 1, CancellationToken.None))
        {
            foreach (var revision in batch.Changes.GroupBy(change => change.Revision))
            {
                Apply(revision.Key, [.. revision]);
            }

            Revision = batch.Revision;
        }
    }

    // Within one revision, who makes a change was alive before it, and whatever it removes was there.
    private void Apply(long revision, List<MetadataChange> changes)
    {
        foreach (var change in changes)
        {
            _trace.Add(revision, change.Entry?.CreateRevision ?? 0, change.Entry?.Value.Length ?? -1);
            _trace.Write("metadata", $"revision {revision}: {change.Key} {Describe(change)}");
            if (change.Entry is { } entry)
            {
                ApplyPut(entry);
            }
        }

        foreach (var change in changes.Where(change => change.Entry is null))
        {
            ApplyDelete(change.Key);
        }
    }

    private void ApplyPut(MetadataEntry entry)
    {
        if (keys.TryParseSession(entry.Key, out var brokerId))
        {
            _sessions[brokerId] = SessionNumbers.Of(0, entry.CreateRevision);
            _beganAt.TryAdd(_sessions[brokerId], scheduler.Now);
        }
        else if (entry.Key.StartsWith(keys.Topics, StringComparison.Ordinal))
        {
            var name = entry.Key[keys.Topics.Length..];
            _topics[name] = TopicIds.FromBytes(TopicRecord.Parser.ParseFrom(entry.Value.Span).TopicId);
            _trace.Name(name, _topics[name]);
        }
        else if (keys.TryParsePartition(entry.Key, out var topicId, out var partition))
        {
            CheckPartition(topicId, partition, PartitionRecord.Parser.ParseFrom(entry.Value.Span), entry);
        }
        else if (keys.TryParseCommit(entry.Key, out var session, out var sequence))
        {
            CheckCommit(session, sequence, CommitRecord.Parser.ParseFrom(entry.Value.Span), entry);
        }
        else if (entry.Key == keys.Controller)
        {
            var controller = ControllerRecord.Parser.ParseFrom(entry.Value.Span);
            Check(IsAlive(controller.Session), "dead-controller", entry, $"session {controller.Session} is over");
        }
    }

    private void ApplyDelete(string key)
    {
        if (keys.TryParseSession(key, out var brokerId))
        {
            _sessions.Remove(brokerId);
        }
        else if (key.StartsWith(keys.Topics, StringComparison.Ordinal))
        {
            _topics.Remove(key[keys.Topics.Length..]);
        }
        else if (keys.TryParsePartition(key, out var topicId, out var partition))
        {
            _partitions.Remove((topicId, partition));
        }
    }

    private void CheckPartition(Guid topicId, int partition, PartitionRecord record, MetadataEntry entry)
    {
        var id = (topicId, partition);
        Check(IsAlive(record.LeaderSession), "dead-leader", entry, $"session {record.LeaderSession} is over");
        if (_partitions.TryGetValue(id, out var before))
        {
            var isSameLeader = record.LeaderSession == before.LeaderSession && record.LeaderEpoch == before.LeaderEpoch;
            Check(isSameLeader || record.LeaderEpoch == before.LeaderEpoch + 1, "leader-epoch", entry, $"epoch {record.LeaderEpoch} came after {before.LeaderEpoch}");
            Check(record.LogStartOffset >= before.LogStartOffset, "log-start-back", entry, $"{record.LogStartOffset} came after {before.LogStartOffset}");
            Check(
                record.MergedThroughOffset >= before.MergedThroughOffset,
                "merged-through-back",
                entry,
                $"{record.MergedThroughOffset} came after {before.MergedThroughOffset}");
            Check(record.ManifestVersion >= before.ManifestVersion, "manifest-back", entry, $"{record.ManifestVersion} came after {before.ManifestVersion}");
        }

        var end = _endOffsets.GetValueOrDefault(id);
        Check(record.LogStartOffset <= end, "log-start-ahead", entry, $"log start {record.LogStartOffset} is behind the end {end}");
        Check(record.MergedThroughOffset <= end, "merged-ahead", entry, $"merged through {record.MergedThroughOffset}, which is behind the end {end}");
        _partitions[id] = record;
    }

    private void CheckCommit(long session, long sequence, CommitRecord commit, MetadataEntry entry)
    {
        Check(entry.CreateRevision == entry.ModRevision, "commit-changed", entry, "a commit was written again");
        Check(IsAlive(session), "dead-session-commit", entry, $"session {session} is over");
        Check(sequence > _sequences.GetValueOrDefault(session, -1), "commit-order", entry, $"sequence {sequence} came after {_sequences.GetValueOrDefault(session)}");
        _sequences[session] = sequence;
        var flushes = (scheduler.Now - _beganAt.GetValueOrDefault(session)) * ClockTolerance / flushInterval.Ticks + FlushesAtOnce;
        Check(sequence <= flushes, "too-many-puts", entry, $"a session of its age flushes {flushes:F0} times at most");
        foreach (var topic in commit.Topics)
        {
            var topicId = TopicIds.FromBytes(topic.TopicId);
            foreach (var slice in topic.Slices)
            {
                CheckSlice(session, (topicId, slice.Partition), slice, entry);
            }
        }
    }

    private void CheckSlice(long session, (Guid TopicId, int Partition) id, SliceRecord slice, MetadataEntry entry)
    {
        var end = _endOffsets.GetValueOrDefault(id);
        Check(slice.BaseOffset == end, "offset-gap", entry, $"{id} has offsets {slice.BaseOffset} to {slice.EndOffset} after {end}");
        Check(slice.EndOffset > slice.BaseOffset, "empty-slice", entry, $"{id} has a slice from {slice.BaseOffset} to {slice.EndOffset}");
        _endOffsets[id] = slice.EndOffset;
        if (_partitions.TryGetValue(id, out var partition))
        {
            // A deleted topic's leader may not know that yet; nobody sees what it commits.
            Check(partition.LeaderSession == session, "foreign-commit", entry, $"{id} is led by session {partition.LeaderSession}");
            Check(partition.LeaderEpoch == slice.LeaderEpoch, "foreign-epoch", entry, $"{id} is in epoch {partition.LeaderEpoch}, the slice of {slice.LeaderEpoch}");
        }
        else
        {
            Check(!_topics.ContainsValue(id.TopicId), "commit-without-leader", entry, $"{id} has never had a leader");
        }
    }

    private bool IsAlive(long session) => _sessions.ContainsValue(session);

    private void Check(bool holds, string kind, MetadataEntry entry, string otherwise)
    {
        if (!holds)
        {
            _violations.Add(new Violation(kind, string.Create(CultureInfo.InvariantCulture, $"{entry.Key} at revision {entry.ModRevision}: {otherwise}.")));
        }
    }

    private string Describe(MetadataChange change)
    {
        if (change.Entry is not { } entry)
        {
            return "deleted";
        }

        if (!_trace.IsWritten)
        {
            return "";
        }

        return keys.TryParsePartition(entry.Key, out _, out _) ? PartitionRecord.Parser.ParseFrom(entry.Value.Span).ToString()
            : keys.TryParseCommit(entry.Key, out _, out _) ? Describe(CommitRecord.Parser.ParseFrom(entry.Value.Span))
            : keys.TryParseSession(entry.Key, out _) ? SessionRecord.Parser.ParseFrom(entry.Value.Span).ToString()
            : string.Create(CultureInfo.InvariantCulture, $"{entry.Value.Length} bytes");
    }

    private static string Describe(CommitRecord commit) => string.Join(", ", commit.Topics.SelectMany(topic => topic.Slices.Select(slice => string.Create(
        CultureInfo.InvariantCulture,
        $"{TopicIds.FromBytes(topic.TopicId):N}/{slice.Partition} {slice.BaseOffset} to {slice.EndOffset} in epoch {slice.LeaderEpoch} of {string.Join(" and ", slice.ProducerBatches.Select(batch => $"producer {batch.ProducerId} {batch.BaseSequence} to {batch.LastSequence}"))}"))));
}
