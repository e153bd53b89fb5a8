using System.Globalization;
using Kafscale.Clients.Parsing;

namespace Kafscale.Console.Cluster;

/// <summary>Reads what somebody has written into a field about where in a topic.</summary>
internal static class WrittenPosition
{
    /// <exception cref="FormatException">It is none; the message says what is.</exception>
    public static long ParseOffset(string text) => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
        ? offset
        : throw new FormatException("An offset is a number from 0 on.");

    /// <param name="text">What was written.</param>
    /// <param name="now">What <c>-10m</c> counts from.</param>
    /// <inheritdoc cref="ParseOffset" path="/exception"/>
    public static DateTimeOffset ParseTime(string text, DateTimeOffset now) => TimeText.TryParse(text.Trim(), now, out var time)
        ? time
        : throw new FormatException($"A time is {TimeText.Examples}.");
}
