using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.StorageTools;

/// <summary>What there is in a cluster's part of a bucket, by kind, from one listing.</summary>
internal sealed class BucketInventory
{
    private readonly Dictionary<string, long> _lengths = new(StringComparer.Ordinal);

    /// <summary>In the order of session and sequence.</summary>
    public List<(string Key, long Session, long Sequence)> WalObjects { get; } = [];

    /// <summary>Keys of segments and indexes with what they are of.</summary>
    public List<(string Key, string Topic, int Partition, long BaseOffset)> Segments { get; } = [];

    public List<(string Key, string Topic, int Partition, long BaseOffset)> Indexes { get; } = [];

    /// <summary>In the order of topic id, partition and version.</summary>
    public List<(string Key, Guid TopicId, int Partition, long Version)> Manifests { get; } = [];

    public List<string> Checkpoints { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<string> Snapshots { get; } = [];

    /// <summary>Oldest first.</summary>
    public List<string> Marks { get; } = [];

    /// <summary>What Kafscale did not put there, or a later release did.</summary>
    public List<string> Others { get; } = [];

    public IEnumerable<string> Keys => _lengths.Keys;

    /// <summary>Lists everything once.</summary>
    public static async Task<BucketInventory> ReadAsync(IObjectStore store, ObjectKeys keys, CancellationToken cancellationToken)
    {
        var inventory = new BucketInventory();
        await foreach (var found in store.ListAsync(keys.Prefix + "/", null, cancellationToken))
        {
            inventory.Add(keys, found);
        }

        return inventory;
    }

    /// <summary>An object's size in bytes, or <see langword="null"/> where there is none of that key.</summary>
    public long? LengthOf(string key) => _lengths.TryGetValue(key, out var length) ? length : null;

    private void Add(ObjectKeys keys, ObjectProperties found)
    {
        var key = found.Key;
        _lengths[key] = found.Length;
        if (keys.TryParseWal(key, out var session, out var sequence))
        {
            WalObjects.Add((key, session, sequence));
        }
        else if (keys.TryParseManifest(key, out var topicId, out var manifestPartition, out var version))
        {
            Manifests.Add((key, topicId, manifestPartition, version));
        }
        else if (keys.TryParseSegment(key, out var topic, out var partition, out var baseOffset))
        {
            Segments.Add((key, topic, partition, baseOffset));
        }
        else if (keys.TryParseIndex(key, out topic, out partition, out baseOffset))
        {
            Indexes.Add((key, topic, partition, baseOffset));
        }
        else if (keys.TryParseCheckpoint(key, out _, out _))
        {
            Checkpoints.Add(key);
        }
        else if (keys.TryParseSnapshot(key, out _, out _))
        {
            Snapshots.Add(key);
        }
        else if (keys.TryParseMark(key, out _))
        {
            Marks.Add(key);
        }
        else if (!key.StartsWith(keys.HealthProbePrefix, StringComparison.Ordinal))
        {
            Others.Add(key);
        }
    }
}
