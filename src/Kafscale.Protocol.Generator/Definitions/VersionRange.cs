using System;
using System.Globalization;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>A contiguous range of message versions; <c>3+</c> is open at the top, <see cref="None"/> holds nothing.</summary>
internal readonly struct VersionRange(short lowest, short highest) : IEquatable<VersionRange>
{
    private const short Open = short.MaxValue;

    public static readonly VersionRange None = new(0, -1);

    public static readonly VersionRange All = new(0, Open);

    public short Lowest { get; } = lowest;

    public short Highest { get; } = highest;

    public bool IsEmpty => Lowest > Highest;

    public bool IsOpen => Highest == Open;

    public static bool operator ==(VersionRange left, VersionRange right) => left.Equals(right);

    public static bool operator !=(VersionRange left, VersionRange right) => !left.Equals(right);

    /// <summary>Reads <c>none</c>, <c>5</c>, <c>3-13</c> or <c>3+</c>.</summary>
    public static bool TryParse(string text, out VersionRange range)
    {
        range = None;
        if (text == "none")
        {
            return true;
        }

        if (text.EndsWith("+", StringComparison.Ordinal))
        {
            if (!TryParseVersion(text.Substring(0, text.Length - 1), out short lowest))
            {
                return false;
            }

            range = new VersionRange(lowest, Open);
            return true;
        }

        int dash = text.IndexOf('-');
        string first = dash < 0 ? text : text.Substring(0, dash);
        string last = dash < 0 ? text : text.Substring(dash + 1);
        if (!TryParseVersion(first, out short from) || !TryParseVersion(last, out short to) || from > to)
        {
            return false;
        }

        range = new VersionRange(from, to);
        return true;
    }

    public bool Contains(int version) => version >= Lowest && version <= Highest;

    public bool Covers(VersionRange other) => other.IsEmpty || (Lowest <= other.Lowest && Highest >= other.Highest);

    public VersionRange Intersect(VersionRange other)
    {
        var range = new VersionRange(Math.Max(Lowest, other.Lowest), Math.Min(Highest, other.Highest));
        return range.IsEmpty ? None : range;
    }

    public bool Equals(VersionRange other) => Lowest == other.Lowest && Highest == other.Highest;

    public override bool Equals(object? obj) => obj is VersionRange other && Equals(other);

    public override int GetHashCode() => (Lowest << 16) ^ Highest;

    public override string ToString() =>
        IsEmpty ? "none" : IsOpen ? $"{Lowest}+" : Lowest == Highest ? $"{Lowest}" : $"{Lowest}-{Highest}";

    private static bool TryParseVersion(string text, out short version) =>
        short.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version) && version < Open;
}
