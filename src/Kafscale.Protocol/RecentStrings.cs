using System.Text;

namespace Kafscale.Protocol;

/// <summary>
/// A few strings that a client sent lately. The same ones (its id, the names of its topics) come with each of its requests and
/// need not be made each time. Not thread-safe.
/// </summary>
public sealed class RecentStrings
{
    private const int Places = 16;
    private const int MaxLength = 256;

    private readonly string?[] _strings = new string?[Places];

    /// <summary>The string of these bytes, where it is one of those that are kept.</summary>
    internal string? Find(ReadOnlySpan<byte> utf8) =>
        utf8.IsEmpty ? "" : _strings[PlaceOf(utf8.Length, utf8[0], utf8[^1])] is { } kept && Ascii.Equals(utf8, kept) ? kept : null;

    /// <summary>Keeps a string, instead of another one that had its place. Those that are not ASCII are not found again, and not kept.</summary>
    internal void Keep(string text)
    {
        if (text.Length is > 0 and <= MaxLength && Ascii.IsValid(text))
        {
            _strings[PlaceOf(text.Length, (byte)text[0], (byte)text[^1])] = text;
        }
    }

    private static int PlaceOf(int length, byte first, byte last) => (length + (first * 31) + (last * 7)) % Places;
}
