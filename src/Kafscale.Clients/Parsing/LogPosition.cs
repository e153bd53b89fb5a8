using System.Globalization;

namespace Kafscale.Clients.Parsing;

/// <summary>A place in a partition: <c>beginning</c>, <c>end</c>, an offset, or a time.</summary>
internal abstract record LogPosition
{
    private LogPosition()
    {
    }

    /// <summary>Reads one.</summary>
    /// <param name="option">The option that it is the value of, for the message.</param>
    /// <param name="text">What was written.</param>
    /// <param name="now">What <c>-10m</c> counts from.</param>
    /// <exception cref="CommandFailedException">It is none.</exception>
    public static LogPosition Parse(string option, string text, DateTimeOffset now)
    {
        if (text is "beginning" or "start" or "earliest")
        {
            return new Beginning();
        }

        if (text is "end" or "latest")
        {
            return new End();
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return new AtOffset(offset);
        }

        return TimeText.TryParse(text, now, out var time)
            ? new AtTime(time)
            : throw new CommandFailedException($"{option} is 'beginning', 'end', an offset, or {TimeText.Examples}, and not {text}.");
    }

    public sealed record Beginning : LogPosition;

    public sealed record End : LogPosition;

    public sealed record AtOffset(long Offset) : LogPosition;

    /// <summary>The first record that is as young as that.</summary>
    public sealed record AtTime(DateTimeOffset Time) : LogPosition;
}
