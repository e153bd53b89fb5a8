using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Whether new topics fit in with the ones that this broker knows: by number, and by names that Kafka does not tell apart.
/// </summary>
/// <remarks>Both are rules of good order, checked against what is known here; two brokers at once may slightly exceed them.</remarks>
internal sealed class TopicCensus(ClusterState cluster, ClusterOptions options)
{
    private long? _partitionCount;
    private Dictionary<string, string>? _namesByCollisionKey;

    public static ApiError Full(ClusterOptions options) => new(
        ErrorCode.PolicyViolation, $"The cluster would have more than its limit of {options.MaxPartitions} partitions.");

    /// <summary>Counts in a new topic, or says why it does not fit.</summary>
    public ApiError TryAdd(string name, int partitionCount)
    {
        if (TopicNames.CollisionKey(name) is { } key)
        {
            _namesByCollisionKey ??= ReadNames();
            if (!_namesByCollisionKey.TryAdd(key, name) && _namesByCollisionKey[key] != name)
            {
                return new ApiError(
                    ErrorCode.InvalidTopicException, $"Topic '{name}' collides with existing topic: {_namesByCollisionKey[key]}");
            }
        }

        _partitionCount ??= cluster.Topics.Sum(topic => (long)topic.Partitions.Count);
        if (_partitionCount + partitionCount > options.MaxPartitions)
        {
            return Full(options);
        }

        _partitionCount += partitionCount;
        return ApiError.None;
    }

    private Dictionary<string, string> ReadNames()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var topic in cluster.Topics)
        {
            if (TopicNames.CollisionKey(topic.Name) is { } key)
            {
                names.TryAdd(key, topic.Name);
            }
        }

        return names;
    }
}
