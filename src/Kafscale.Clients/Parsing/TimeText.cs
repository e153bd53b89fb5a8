using System.Globalization;

namespace Kafscale.Clients.Parsing;

/// <summary>
/// Times as people write them: <c>2026-03-01T12:00:00Z</c>, <c>2026-03-01</c>, <c>now</c>, <c>-10m</c> for ten minutes ago, <c>@1772366400000</c> for
/// Unix milliseconds. Without a time zone it is UTC.
/// </summary>
internal static class TimeText
{
    /// <summary>What is said where something else was written.</summary>
    public const string Examples = "a time such as 2026-03-01T12:00:00Z, -10m, or @1772366400000 in Unix milliseconds";

    private static readonly long GreatestUnixMs = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>Reads one that is not before 1970.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="now">What <c>-10m</c> counts from.</param>
    /// <param name="time">The time, where it is one.</param>
    public static bool TryParse(string text, DateTimeOffset now, out DateTimeOffset time)
    {
        time = now;
        if (text == "now")
        {
            return true;
        }

        if (text.StartsWith('-'))
        {
            if (!DurationText.TryParse(text[1..], out var ago) || ago > now - DateTimeOffset.UnixEpoch)
            {
                return false;
            }

            time = now - ago;
            return true;
        }

        if (text.StartsWith('@'))
        {
            if (!long.TryParse(text.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var unixMs) || unixMs > GreatestUnixMs)
            {
                return false;
            }

            time = DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
            return true;
        }

        // Four digits of a year: otherwise "7" and "12:30" would be times, too.
        return text.Length >= "2026-03-01".Length && text[4] == '-'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time)
            && time >= DateTimeOffset.UnixEpoch;
    }
}
