using System.Globalization;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage;

/// <summary>Where everything lies in a cluster's part of a bucket: the one place that puts keys together and takes them apart.</summary>
/// <remarks>Segment and index keys are published; other tools find segments by them.</remarks>
public sealed class ObjectKeys
{
    /// <summary>The longest prefix, in characters; leaves room for the longest topic name.</summary>
    public const int MaxPrefixLength = 512;

    private const int SessionDigits = 16;
    private const int NumberDigits = 20;
    private const string WalSuffix = ".wal";
    private const string SegmentPrefix = "segment-";
    private const string SegmentSuffix = ".kfs";
    private const string IndexSuffix = ".index";

    /// <summary>Makes the keys of one cluster.</summary>
    /// <param name="prefix">The cluster's namespace: one or more key parts with slashes between, for example <c>default</c>.</param>
    /// <exception cref="ArgumentException">The prefix is not a valid key or too long.</exception>
    public ObjectKeys(string prefix)
    {
        ObjectKey.Validate(prefix);
        if (prefix.Length > MaxPrefixLength)
            throw new ArgumentException($"A namespace has at most {MaxPrefixLength} characters; this one has {prefix.Length}.", nameof(prefix));
        Prefix = prefix;
        WalPrefix = $"{prefix}/wal/";
    }

    /// <summary>The cluster's namespace, without a slash at its end.</summary>
    public string Prefix { get; }

    /// <summary>What the keys of all WAL objects begin with.</summary>
    public string WalPrefix { get; }

    /// <summary>What the keys of a session's WAL objects begin with; they list in the order of their sequence.</summary>
    public string WalSessionPrefix(long session) => string.Create(CultureInfo.InvariantCulture, $"{WalPrefix}{NotNegative(session):x16}/");

    /// <summary>The key of one flush.</summary>
    public string Wal(long session, long sequence) =>
        string.Create(CultureInfo.InvariantCulture, $"{WalPrefix}{NotNegative(session):x16}/{NotNegative(sequence):D20}{WalSuffix}");

    /// <summary>What the keys of a topic's segments and indexes begin with.</summary>
    /// <exception cref="ArgumentException">The topic name is invalid.</exception>
    public string TopicPrefix(string topicName)
    {
        TopicName.Validate(topicName);
        return $"{Prefix}/{topicName}/";
    }

    /// <summary>What the keys of a partition's segments and indexes, and no others, begin with.</summary>
    /// <exception cref="ArgumentException">The topic name is invalid.</exception>
    public string PartitionPrefix(string topicName, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{TopicPrefix(topicName)}{NotNegative(partition)}/");

    /// <summary>The key of the segment that begins at <paramref name="baseOffset"/>.</summary>
    /// <exception cref="ArgumentException">The topic name is invalid.</exception>
    public string Segment(string topicName, int partition, long baseOffset) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{PartitionPrefix(topicName, partition)}{SegmentPrefix}{NotNegative(baseOffset):D20}{SegmentSuffix}");

    /// <summary>The key of that segment's index.</summary>
    /// <exception cref="ArgumentException">The topic name is invalid.</exception>
    public string Index(string topicName, int partition, long baseOffset) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{PartitionPrefix(topicName, partition)}{SegmentPrefix}{NotNegative(baseOffset):D20}{IndexSuffix}");

    /// <summary>What the keys of a partition's manifests begin with; they list in the order of their version.</summary>
    public string ManifestPrefix(Guid topicId, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}/meta/manifest/{topicId:n}/{NotNegative(partition)}/");

    /// <summary>The key of one version of a partition's manifest.</summary>
    public string Manifest(Guid topicId, int partition, long version) =>
        string.Create(CultureInfo.InvariantCulture, $"{ManifestPrefix(topicId, partition)}{NotNegative(version):D20}");

    /// <summary>What the keys of all brokers' probes of the store begin with.</summary>
    public string HealthProbePrefix => $"{Prefix}/meta/health/";

    /// <summary>The key of a broker's probe of the store, whose contents mean nothing.</summary>
    public string HealthProbe(int brokerId) =>
        string.Create(CultureInfo.InvariantCulture, $"{HealthProbePrefix}{NotNegative(brokerId)}");

    /// <summary>What the keys of all checkpoints begin with.</summary>
    public string CheckpointPrefix => $"{Prefix}/meta/checkpoint/";

    /// <summary>The key of a checkpoint.</summary>
    /// <param name="writer">The session that writes it, which need not be the one whose commits it holds.</param>
    /// <param name="version">Never used again by that session.</param>
    public string Checkpoint(long writer, long version) =>
        string.Create(CultureInfo.InvariantCulture, $"{CheckpointPrefix}{NotNegative(writer):x16}/{NotNegative(version):D20}");

    /// <summary>Whether the key is that of a segment, of any cluster.</summary>
    public static bool IsSegment(string key) => key.EndsWith(SegmentSuffix, StringComparison.Ordinal);

    /// <summary>Whether the key is that of an object with records, a WAL object or a segment, of any cluster.</summary>
    public static bool HoldsRecords(string key) => IsSegment(key) || key.EndsWith(WalSuffix, StringComparison.Ordinal);

    /// <summary>What the keys of all cluster marks begin with; they list in the order of their incarnation.</summary>
    public string MarkPrefix => $"{Prefix}/meta/cluster/";

    /// <summary>The key of an incarnation's mark.</summary>
    public string Mark(long incarnation) => string.Create(CultureInfo.InvariantCulture, $"{MarkPrefix}{NotNegative(incarnation):D20}");

    /// <summary>What the keys of all metadata snapshots begin with; they list in the order of their age, oldest first.</summary>
    public string SnapshotPrefix => $"{Prefix}/meta/snapshot/";

    /// <summary>The key of a metadata snapshot.</summary>
    public string Snapshot(long incarnation, long revision) =>
        string.Create(CultureInfo.InvariantCulture, $"{SnapshotPrefix}{NotNegative(incarnation):D20}/{NotNegative(revision):D20}");

    /// <summary>Takes the key of a cluster mark apart; false for every other key.</summary>
    public bool TryParseMark(string key, out long incarnation)
    {
        incarnation = 0;
        var rest = key.AsSpan();
        return TrySkip(ref rest, MarkPrefix) && rest.Length == NumberDigits && TryParseNumber(rest, out incarnation);
    }

    /// <summary>Takes the key of a metadata snapshot apart; false for every other key.</summary>
    public bool TryParseSnapshot(string key, out long incarnation, out long revision)
    {
        (incarnation, revision) = (0, 0);
        var rest = key.AsSpan();
        return TrySkip(ref rest, SnapshotPrefix)
            && rest.Length == NumberDigits + 1 + NumberDigits
            && TryParseNumber(rest[..NumberDigits], out incarnation)
            && rest[NumberDigits] == '/'
            && TryParseNumber(rest[(NumberDigits + 1)..], out revision);
    }

    /// <summary>Takes the key of a checkpoint apart; false for every other key.</summary>
    public bool TryParseCheckpoint(string key, out long writer, out long version)
    {
        (writer, version) = (0, 0);
        var rest = key.AsSpan();
        return TrySkip(ref rest, CheckpointPrefix)
            && rest.Length == SessionDigits + 1 + NumberDigits
            && TryParseSession(rest[..SessionDigits], out writer)
            && rest[SessionDigits] == '/'
            && TryParseNumber(rest[(SessionDigits + 1)..], out version);
    }

    /// <summary>Takes the key of a segment or of an index apart; false for every other key.</summary>
    public bool TryParseOfPartition(string key, out string topicName, out int partition, out long baseOffset) =>
        TryParseSegment(key, out topicName, out partition, out baseOffset) || TryParseIndex(key, out topicName, out partition, out baseOffset);

    /// <summary>Takes a WAL key of this cluster apart; false for every other key.</summary>
    public bool TryParseWal(string key, out long session, out long sequence)
    {
        (session, sequence) = (0, 0);
        var rest = key.AsSpan();
        if (!TrySkip(ref rest, WalPrefix) || rest.Length != SessionDigits + 1 + NumberDigits + WalSuffix.Length)
            return false;
        return TryParseSession(rest[..SessionDigits], out session)
            && rest[SessionDigits] == '/'
            && TryParseNumber(rest.Slice(SessionDigits + 1, NumberDigits), out sequence)
            && rest.EndsWith(WalSuffix, StringComparison.Ordinal);
    }

    /// <summary>Takes the key of a segment of this cluster apart; false for every other key, an index's too.</summary>
    public bool TryParseSegment(string key, out string topicName, out int partition, out long baseOffset) =>
        TryParseOfPartition(key, SegmentSuffix, out topicName, out partition, out baseOffset);

    /// <summary>Takes the key of an index of this cluster apart; false for every other key.</summary>
    public bool TryParseIndex(string key, out string topicName, out int partition, out long baseOffset) =>
        TryParseOfPartition(key, IndexSuffix, out topicName, out partition, out baseOffset);

    /// <summary>Takes the key of a manifest of this cluster apart; false for every other key.</summary>
    public bool TryParseManifest(string key, out Guid topicId, out int partition, out long version)
    {
        (topicId, partition, version) = (Guid.Empty, 0, 0);
        var rest = key.AsSpan();
        if (!TrySkip(ref rest, Prefix) || !TrySkip(ref rest, "/meta/manifest/"))
            return false;
        return TryTakePart(ref rest, out var topicIdPart)
            && TryTakePart(ref rest, out var partitionPart)
            && Guid.TryParseExact(topicIdPart, "n", out topicId)
            && TryParsePartition(partitionPart, out partition)
            && rest.Length == NumberDigits
            && TryParseNumber(rest, out version)
            && key == Manifest(topicId, partition, version);
    }

    private bool TryParseOfPartition(string key, string suffix, out string topicName, out int partition, out long baseOffset)
    {
        (topicName, partition, baseOffset) = ("", 0, 0);
        var rest = key.AsSpan();
        if (!TrySkip(ref rest, Prefix) || !TrySkip(ref rest, "/"))
            return false;
        if (!TryTakePart(ref rest, out var topicPart) || !TopicName.IsValid(topicPart))
            return false;
        if (!TryTakePart(ref rest, out var partitionPart) || !TryParsePartition(partitionPart, out partition))
            return false;
        if (!TrySkip(ref rest, SegmentPrefix) || rest.Length != NumberDigits + suffix.Length || !rest.EndsWith(suffix, StringComparison.Ordinal))
            return false;
        topicName = topicPart.ToString();
        return TryParseNumber(rest[..NumberDigits], out baseOffset);
    }

    private static bool TrySkip(ref ReadOnlySpan<char> rest, string expected)
    {
        if (!rest.StartsWith(expected, StringComparison.Ordinal))
            return false;
        rest = rest[expected.Length..];
        return true;
    }

    private static bool TryTakePart(ref ReadOnlySpan<char> rest, out ReadOnlySpan<char> part)
    {
        var slash = rest.IndexOf('/');
        part = slash < 0 ? default : rest[..slash];
        rest = slash < 0 ? rest : rest[(slash + 1)..];
        return slash >= 0;
    }

    // A number has exactly one way to be written, or two keys would be taken for the same object. What parses numbers
    // takes characters of code 0 behind the digits.
    private static bool TryParsePartition(ReadOnlySpan<char> text, out int partition) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out partition)
        && (text.Length == 1 || text[0] != '0')
        && !text.ContainsAnyExceptInRange('0', '9');

    private static bool TryParseNumber(ReadOnlySpan<char> digits, out long number) =>
        long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number) && !digits.ContainsAnyExceptInRange('0', '9');

    private static bool TryParseSession(ReadOnlySpan<char> digits, out long session) =>
        long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out session)
        && session >= 0
        && !digits.ContainsAnyInRange('A', 'F')
        && !digits.Contains('\0');

    private static long NotNegative(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        return number;
    }
}
