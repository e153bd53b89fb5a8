using System.Buffers;
using System.Globalization;
using System.Xml;

namespace Kafscale.Clients.Parsing;

/// <summary>Durations as people write them: <c>90s</c>, <c>1h30m</c>, <c>2d</c>, <c>250ms</c>, or ISO 8601 as <c>PT2H</c>.</summary>
internal static class DurationText
{
    /// <summary>What is said where something else was written.</summary>
    public const string Examples = "a duration such as 90s, 1h30m, 2d or PT2H";

    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("w", TimeSpan.FromDays(7)),
        ("d", TimeSpan.FromDays(1)),
        ("h", TimeSpan.FromHours(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)),
    ];

    /// <summary>Reads one that is not negative.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        return text.StartsWith('P') ? TryParseIso(text, out duration) : TryParseUnits(text, out duration);
    }

    private static bool TryParseUnits(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.IsEmpty)
        {
            return false;
        }

        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(NumberCharacters);
            if (digits <= 0 || !decimal.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var count))
            {
                return false;
            }

            text = text[digits..];
            var length = TimeSpan.Zero;
            foreach (var (unit, unitLength) in Units)
            {
                if (text.StartsWith(unit, StringComparison.Ordinal))
                {
                    text = text[unit.Length..];
                    length = unitLength;
                    break;
                }
            }

            if (length == TimeSpan.Zero || count > (decimal)TimeSpan.MaxValue.Ticks / length.Ticks)
            {
                return false;
            }

            var part = new TimeSpan((long)(count * length.Ticks));
            if (part > TimeSpan.MaxValue - duration)
            {
                return false;
            }

            duration += part;
        }

        return true;
    }

    private static bool TryParseIso(string text, out TimeSpan duration)
    {
        try
        {
            duration = XmlConvert.ToTimeSpan(text);
            return true;
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            duration = default;
            return false;
        }
    }
}
