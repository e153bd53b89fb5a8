using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Kafscale.Metadata.Cluster;

/// <summary>
/// Where the consumer groups are in the metadata store: the only place that builds or takes apart their keys.
/// </summary>
/// <remarks>
/// Group ids come from clients and may hold anything. In a key they are percent-encoded UTF-8, all but
/// <c>A-Z a-z 0-9 . _ -</c>, so that no id reaches into another's keys; the empty id, which Kafka lets commit offsets,
/// is a single percent sign.
/// </remarks>
public sealed class GroupKeys(MetadataKeys keys)
{
    private const string EmptyId = "%";

    // Behind the group in an offset's key: two slashes, the topic id, and a partition.
    private const int OffsetKeySuffixBytes = 2 + 32 + 10;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<byte> Unescaped =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"u8);

    /// <summary>What every group's key begins with.</summary>
    public string Groups => keys.Groups;

    /// <summary>What every committed offset's key begins with.</summary>
    public string Offsets => keys.Offsets;

    /// <summary>What the keys of all shards' <see cref="GroupWriterRecord"/>s begin with.</summary>
    public string Writers => keys.Coordinators + "groups/";

    /// <summary>The longest id in its encoded form, in bytes.</summary>
    public int MaxEncodedBytes { get; } = MetadataLimits.KeyBytes - Encoding.UTF8.GetByteCount(keys.Offsets) - OffsetKeySuffixBytes;

    /// <summary>Encodes a group's id for the methods below.</summary>
    /// <returns>False where the id is too long to be part of a key, or is not text.</returns>
    public bool TryEncode(string groupId, [NotNullWhen(true)] out string? encodedGroupId)
    {
        encodedGroupId = null;
        if (groupId.Length > MaxEncodedBytes)
        {
            return false;
        }

        byte[] bytes;
        try
        {
            bytes = StrictUtf8.GetBytes(groupId);
        }
        catch (EncoderFallbackException)
        {
            return false;
        }

        encodedGroupId = Encode(bytes);
        return encodedGroupId.Length <= MaxEncodedBytes;
    }

    /// <summary>The key of a coordinator shard's <see cref="GroupWriterRecord"/>.</summary>
    public string Writer(int shard) => string.Create(CultureInfo.InvariantCulture, $"{Writers}{shard}");

    /// <summary>The key of a group's <see cref="GroupRecord"/>.</summary>
    public string Group(string encodedGroupId) => keys.Groups + encodedGroupId;

    /// <summary>What the keys of all offsets of a group begin with.</summary>
    public string GroupOffsets(string encodedGroupId) => $"{keys.Offsets}{encodedGroupId}/";

    /// <summary>The key of a <see cref="CommittedOffsetRecord"/>.</summary>
    public string Offset(string encodedGroupId, Guid topicId, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{keys.Offsets}{encodedGroupId}/{topicId:n}/{partition}");

    /// <summary>The key of a group's <see cref="GroupConfigsRecord"/>.</summary>
    public string Configs(string encodedGroupId) => keys.GroupConfigs + encodedGroupId;

    /// <summary>Takes a <see cref="Group"/> key apart.</summary>
    public bool TryParseGroup(string key, [NotNullWhen(true)] out string? groupId) => TryParse(key, keys.Groups, out groupId);

    /// <summary>Takes a <see cref="Configs"/> key apart.</summary>
    public bool TryParseConfigs(string key, [NotNullWhen(true)] out string? groupId) => TryParse(key, keys.GroupConfigs, out groupId);

    /// <summary>Takes an <see cref="Offset"/> key apart.</summary>
    public bool TryParseOffset(string key, [NotNullWhen(true)] out string? groupId, out Guid topicId, out int partition)
    {
        groupId = null;
        topicId = default;
        partition = 0;
        if (!key.StartsWith(keys.Offsets, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = key.AsSpan(keys.Offsets.Length);
        Span<Range> parts = stackalloc Range[4];
        return rest.Split(parts, '/') == 3
            && Guid.TryParseExact(rest[parts[1]], "n", out topicId)
            && int.TryParse(rest[parts[2]], NumberStyles.None, CultureInfo.InvariantCulture, out partition)
            && TryDecode(rest[parts[0]], out groupId);
    }

    private static bool TryParse(string key, string prefix, [NotNullWhen(true)] out string? groupId)
    {
        groupId = null;
        return key.StartsWith(prefix, StringComparison.Ordinal) && TryDecode(key.AsSpan(prefix.Length), out groupId);
    }

    private static string Encode(byte[] bytes)
    {
        if (bytes.Length == 0)
        {
            return EmptyId;
        }

        var encoded = new StringBuilder(bytes.Length);
        foreach (var value in bytes)
        {
            if (Unescaped.Contains(value))
            {
                encoded.Append((char)value);
            }
            else
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{value:X2}");
            }
        }

        return encoded.ToString();
    }

    private static bool TryDecode(ReadOnlySpan<char> encoded, [NotNullWhen(true)] out string? groupId)
    {
        groupId = null;
        if (encoded.SequenceEqual(EmptyId))
        {
            groupId = "";
            return true;
        }

        var bytes = new byte[encoded.Length];
        var length = 0;
        while (encoded.Length > 0)
        {
            if (encoded[0] != '%')
            {
                bytes[length++] = (byte)encoded[0];
                encoded = encoded[1..];
            }
            else if (encoded.Length >= 3 && byte.TryParse(encoded[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[length]))
            {
                length++;
                encoded = encoded[3..];
            }
            else
            {
                return false;
            }
        }

        groupId = Encoding.UTF8.GetString(bytes, 0, length);
        return length > 0;
    }
}
