using System.Globalization;

namespace Kafscale.Metadata.Cluster;

/// <summary>Where everything is in the metadata store: the only place that builds or takes apart a key.</summary>
/// <param name="root">What all keys begin with, without a slash at the end, such as <c>/kafscale/production</c>.</param>
public sealed class MetadataKeys(string root)
{
    /// <summary>What every key of this cluster begins with.</summary>
    public string Root { get; } = root + "/";

    public string Cluster => Root + "cluster";

    public string Controller => Root + "controller";

    public string Sessions => Root + "sessions/";

    public string Topics => Root + "topics/";

    public string Partitions => Root + "partitions/";

    public string Commits => Root + "commits/";

    public string Checkpoints => Root + "checkpoints/";

    public string Deletions => Root + "deletions/";

    public string Groups => Root + "groups/";

    public string Offsets => Root + "offsets/";

    /// <summary>What is set on groups.</summary>
    public string GroupConfigs => Root + "configs/groups/";

    /// <summary>What coordinators fence each other with.</summary>
    public string Coordinators => Root + "coordinators/";

    /// <summary>Who is to lead what.</summary>
    public string Assignments => Root + "assignments/";

    /// <summary>Who is to lead the group coordinators' shards.</summary>
    public string GroupShardAssignment => Assignments + "groups";

    /// <summary>Who leads the group coordinators' shards.</summary>
    public string GroupShards => Root + "shards/groups/";

    public string Loads => Root + "loads/";

    public string NextProducerId => Root + "producer_ids/next";

    private string TopicAssignments => Assignments + "topics/";

    public string Session(int brokerId) => string.Create(CultureInfo.InvariantCulture, $"{Sessions}{brokerId}");

    public string Topic(string name) => Topics + name;

    public string TopicPartitions(Guid topicId) => $"{Partitions}{topicId:n}/";

    public string Partition(Guid topicId, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{Partitions}{topicId:n}/{partition}");

    public string Commit(long session, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{Commits}{session:x16}/{sequence:D20}");

    /// <summary>The commits of a session up to and including a sequence.</summary>
    public KeyRange CommitsThrough(long session, long sequence) => new(Commit(session, 0), Commit(session, sequence) + "\0");

    public string CheckpointsOf(long session) => string.Create(CultureInfo.InvariantCulture, $"{Checkpoints}{session:x16}");

    public string Deletion(Guid topicId) => $"{Deletions}{topicId:n}";

    public string TopicAssignment(Guid topicId) => $"{TopicAssignments}{topicId:n}";

    public string GroupShard(int shard) => string.Create(CultureInfo.InvariantCulture, $"{GroupShards}{shard}");

    public string Load(int brokerId) => string.Create(CultureInfo.InvariantCulture, $"{Loads}{brokerId}");

    /// <summary>Takes a <see cref="Partition"/> key apart.</summary>
    public bool TryParsePartition(string key, out Guid topicId, out int partition)
    {
        topicId = default;
        partition = 0;
        return TryParseTwoParts(key, Partitions, out var first, out var second)
            && Guid.TryParseExact(first, "n", out topicId)
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out partition);
    }

    /// <summary>Takes a <see cref="Commit"/> key apart.</summary>
    public bool TryParseCommit(string key, out long session, out long sequence)
    {
        session = 0;
        sequence = 0;
        return TryParseTwoParts(key, Commits, out var first, out var second)
            && long.TryParse(first, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out session)
            && long.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out sequence);
    }

    /// <summary>Takes a <see cref="CheckpointsOf"/> key apart.</summary>
    public bool TryParseCheckpoints(string key, out long session)
    {
        session = 0;
        return key.StartsWith(Checkpoints, StringComparison.Ordinal)
            && long.TryParse(key.AsSpan(Checkpoints.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out session);
    }

    /// <summary>Takes a <see cref="Deletion"/> key apart.</summary>
    public bool TryParseDeletion(string key, out Guid topicId)
    {
        topicId = default;
        return key.StartsWith(Deletions, StringComparison.Ordinal)
            && Guid.TryParseExact(key.AsSpan(Deletions.Length), "n", out topicId);
    }

    /// <summary>Takes a <see cref="TopicAssignment"/> key apart.</summary>
    public bool TryParseTopicAssignment(string key, out Guid topicId)
    {
        topicId = default;
        return key.StartsWith(TopicAssignments, StringComparison.Ordinal)
            && Guid.TryParseExact(key.AsSpan(TopicAssignments.Length), "n", out topicId);
    }

    /// <summary>Takes a <see cref="GroupShard"/> key apart.</summary>
    public bool TryParseGroupShard(string key, out int shard) => TryParseNumber(key, GroupShards, out shard);

    /// <summary>Takes a <see cref="Load"/> key apart.</summary>
    public bool TryParseLoad(string key, out int brokerId) => TryParseNumber(key, Loads, out brokerId);

    /// <summary>Takes a <see cref="Session(int)"/> key apart.</summary>
    public bool TryParseSession(string key, out int brokerId) => TryParseNumber(key, Sessions, out brokerId);

    private static bool TryParseNumber(string key, string prefix, out int number)
    {
        number = 0;
        return key.StartsWith(prefix, StringComparison.Ordinal)
            && int.TryParse(key.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static bool TryParseTwoParts(string key, string prefix, out ReadOnlySpan<char> first, out ReadOnlySpan<char> second)
    {
        first = default;
        second = default;
        if (!key.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = key.AsSpan(prefix.Length);
        var slash = rest.IndexOf('/');
        if (slash < 0)
        {
            return false;
        }

        first = rest[..slash];
        second = rest[(slash + 1)..];
        return true;
    }
}
