using Kafscale.Metadata.Revisions;

namespace Kafscale.Metadata;

/// <summary>A half-open interval of keys in byte order.</summary>
/// <param name="Start">The first key of the range.</param>
/// <param name="End">The first key behind it; <see langword="null"/>: only <paramref name="Start"/> itself; empty: to the end.</param>
public readonly record struct KeyRange(string Start, string? End)
{
    /// <summary>One key.</summary>
    public static KeyRange Key(string key) => new(key, null);

    /// <summary>Every key that begins with <paramref name="prefix"/>; all keys where it is empty.</summary>
    public static KeyRange Prefix(string prefix)
    {
        if (prefix.Length == 0)
        {
            return new("", "");
        }

        // Keys are ASCII in practice: the last character has a successor that sorts behind everything it begins.
        var last = prefix[^1];
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(last, (char)0x7f, nameof(prefix));
        return new(prefix, string.Concat(prefix.AsSpan(0, prefix.Length - 1), [(char)(last + 1)]));
    }

    /// <summary>Whether a key lies in the range.</summary>
    public bool Contains(string key) => End switch
    {
        null => string.Equals(key, Start, StringComparison.Ordinal),
        "" => KeyOrder.Compare(key, Start) >= 0,
        _ => KeyOrder.Compare(key, Start) >= 0 && KeyOrder.Compare(key, End) < 0,
    };
}
