using Kafscale.Broker.Cluster;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.StorageTools;

/// <summary>The metadata as of one revision, taken apart and not made sense of, so that contradictions can be found.</summary>
internal sealed class StoredMetadata
{
    public ClusterRecord? Cluster { get; private set; }

    public Dictionary<string, TopicRecord> Topics { get; } = new(StringComparer.Ordinal);

    public Dictionary<(Guid TopicId, int Partition), PartitionRecord> Partitions { get; } = [];

    public Dictionary<(long Session, long Sequence), CommitRecord> Commits { get; } = [];

    public int LiveSessions { get; private set; }

    public long NextProducerId { get; private set; }

    public static async Task<StoredMetadata> ReadAsync(IMetadataStore store, MetadataKeys keys, CancellationToken cancellationToken)
    {
        var metadata = new StoredMetadata();
        var (_, entries) = await MetadataReader.ReadAllAsync(store, keys, cancellationToken);
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
