using System.Globalization;
using System.Text.RegularExpressions;
using Kafscale.Operator.Clusters;

namespace Kafscale.Operator.Etcd;

/// <summary>What a cluster's snapshots are called, and which of them are old.</summary>
internal static partial class SnapshotKeys
{
    /// <summary>Behind the key of a snapshot: its checksum.</summary>
    public const string ChecksumSuffix = ".sha256";

    /// <summary>What the keys of one cluster's snapshots begin with, and no other's.</summary>
    public static string FolderOf(SnapshotSettings settings, ClusterNames names) => $"{settings.Prefix}/{names.Namespace}/{names.Cluster}/";

    /// <summary>The key of a snapshot; later ones sort behind it.</summary>
    public static string Of(string folder, DateTimeOffset time) => $"{folder}{time.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}.db";

    /// <summary>What is older than the newest snapshots: snapshots, checksums, and what is left of either.</summary>
    /// <param name="folder">The cluster's.</param>
    /// <param name="keys">What there is. Names that are not of this form are somebody else's.</param>
    /// <param name="newest">The key of the one that was published last. It stays even where a clock that was wrong has given others later times.</param>
    /// <param name="keep">How many stay, at least 1. Only a snapshot that has its checksum counts; the others are not complete.</param>
    public static IReadOnlyList<string> FindOld(string folder, IEnumerable<string> keys, string newest, int keep)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        var own = keys.Where(key => key.StartsWith(folder, StringComparison.Ordinal) && OwnName().IsMatch(key[folder.Length..])).ToHashSet(StringComparer.Ordinal);
        var oldestToKeep = own.Where(key => own.Contains(key + ChecksumSuffix)).OrderDescending(StringComparer.Ordinal).ElementAtOrDefault(keep - 1);
        return oldestToKeep is null ? [] : [.. own.Where(key => string.CompareOrdinal(key, oldestToKeep) < 0 && string.CompareOrdinal(key, newest) < 0)];
    }

    [GeneratedRegex(@"^\d{8}T\d{6}Z\.db(\.sha256)?\z")]
    private static partial Regex OwnName();
}
