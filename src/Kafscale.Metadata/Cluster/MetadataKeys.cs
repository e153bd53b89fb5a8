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

    /// <summary>What coordinators fence each other with.</summary>
    public string Coordinators => Root + "coordinators/";

    public string NextProducerId => Root + "producer_ids/next";

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
