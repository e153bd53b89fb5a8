using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.StorageTools;

/// <summary>The metadata as of one revision, taken apart and not made sense of, so that contradictions can be found.</summary>
internal sealed class StoredMetadata
{
    private HashSet<ByteString>? _topicIds;

    public ClusterRecord? Cluster { get; private set; }

    public Dictionary<string, TopicRecord> Topics { get; } = new(StringComparer.Ordinal);

    public Dictionary<(Guid TopicId, int Partition), PartitionRecord> Partitions { get; } = [];

    public Dictionary<(long Session, long Sequence), CommitRecord> Commits { get; } = [];

    /// <summary>By the session whose commits they hold.</summary>
    public Dictionary<long, CheckpointsRecord> Checkpoints { get; } = [];

    public int LiveSessions { get; private set; }

    public long NextProducerId { get; private set; }

    /// <summary>Whether nothing of a commit is needed any more, so that its WAL object may be gone.</summary>
    public bool IsDead(CommitRecord commit)
    {
        _topicIds ??= [.. Topics.Values.Select(topic => topic.TopicId)];
        return commit.Topics.Where(topic => _topicIds.Contains(topic.TopicId)).All(topic => topic.Slices.All(slice =>
            Partitions.TryGetValue((TopicIds.FromBytes(topic.TopicId), slice.Partition), out var record) && slice.EndOffset <= record.MergedThroughOffset));
    }

    public static async Task<StoredMetadata> ReadAsync(IMetadataStore store, MetadataKeys keys, CancellationToken cancellationToken)
    {
        var metadata = new StoredMetadata();
        var (_, entries) = await store.ReadAllAsync(KeyRange.Prefix(keys.Root), cancellationToken);
        foreach (var entry in entries)
        {
            metadata.Add(keys, entry);
        }

        return metadata;
    }

    private void Add(MetadataKeys keys, MetadataEntry entry)
    {
        var value = entry.Value.Span;
        if (entry.Key == keys.Cluster)
        {
            Cluster = ClusterRecord.Parser.ParseFrom(value);
        }
        else if (entry.Key.StartsWith(keys.Topics, StringComparison.Ordinal))
        {
            Topics.Add(entry.Key[keys.Topics.Length..], TopicRecord.Parser.ParseFrom(value));
        }
        else if (keys.TryParsePartition(entry.Key, out var topicId, out var partition))
        {
            Partitions.Add((topicId, partition), PartitionRecord.Parser.ParseFrom(value));
        }
        else if (keys.TryParseCommit(entry.Key, out var session, out var sequence))
        {
            Commits.Add((session, sequence), CommitRecord.Parser.ParseFrom(value));
        }
        else if (keys.TryParseCheckpoints(entry.Key, out session))
        {
            Checkpoints.Add(session, CheckpointsRecord.Parser.ParseFrom(value));
        }
        else if (entry.Key.StartsWith(keys.Sessions, StringComparison.Ordinal))
        {
            LiveSessions++;
        }
        else if (entry.Key == keys.NextProducerId)
        {
            NextProducerId = ProducerIdsRecord.Parser.ParseFrom(value).NextProducerId;
        }
    }
}
