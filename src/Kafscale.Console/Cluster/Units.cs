using System.Globalization;
using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>Numbers as people read them.</summary>
internal static class Units
{
    /// <summary>What stands where there is nothing to say.</summary>
    public const string Nothing = "–";

    private static readonly string[] ByteUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    private static readonly string[] CountUnits = ["", "k", "M", "G", "T"];

    public static string Count(long? count) => count is null ? Nothing : count.Value.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    public static string Bytes(double? bytes) => Scale(bytes, 1024, ByteUnits, " ");

    public static string BytesPerSecond(double? bytes) => bytes is null ? Nothing : Bytes(bytes) + "/s";

    public static string Rate(double? perSecond) => perSecond is null ? Nothing : Scale(perSecond, 1000, CountUnits, "") + "/s";

    /// <summary>A short number, as 12.3k.</summary>
    public static string Short(double? number) => Scale(number, 1000, CountUnits, "");

    public static string Percent(double? share) => share is null ? Nothing : (share.Value * 100).ToString(share is > 0 and < 0.1 ? "0.##" : "0.#", CultureInfo.InvariantCulture) + " %";

    public static string Dollars(double? dollars) => dollars switch
    {
        null => Nothing,
        0 => "$0",
        < 0.0001 => "< $0.0001",
        < 0.01 => string.Create(CultureInfo.InvariantCulture, $"${dollars:0.0000}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"${dollars:0.00}"),
    };

    /// <summary>A time of seconds, as 3.2 ms.</summary>
    public static string Seconds(double? seconds) => seconds switch
    {
        null => Nothing,
        < 0.001 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} µs"),
        < 0.1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.0} ms"),
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
    };

    /// <summary>An age in its largest two units, as 3 h 12 min.</summary>
    public static string Age(double? seconds)
    {
        if (seconds is not { } known || double.IsNaN(known))
        {
            return Nothing;
        }

        // A millennium is the longest that anybody wants to read.
        var time = TimeSpan.FromSeconds(Math.Clamp(known, 0, 1000 * 365.25 * 86_400));
        return time switch
        {
            { TotalDays: >= 1 } => $"{(int)time.TotalDays} d {time.Hours} h",
            { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes} min",
            { TotalMinutes: >= 1 } => $"{(int)time.TotalMinutes} min {time.Seconds} s",
            _ => $"{(int)time.TotalSeconds} s",
        };
    }

    /// <summary>A setting of milliseconds, as 7 d; -1 means that there is no limit.</summary>
    public static string Milliseconds(string? text) => !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) ? Nothing
        : ms is < 0 or long.MaxValue ? "without limit"
        : ms % 86_400_000 == 0 && ms > 0 ? $"{ms / 86_400_000} d"
        : ms % 3_600_000 == 0 && ms > 0 ? $"{ms / 3_600_000} h"
        : ms < 1000 ? $"{ms} ms"
        : Age(ms / 1000.0);

    /// <summary>How long and how much of a topic is kept, as 7 d, 10 GiB.</summary>
    public static string Retention(TopicStorage? topic)
    {
        if (topic is null)
        {
            return Nothing;
        }

        var time = topic.RetentionMs < 0 ? null : Milliseconds(topic.RetentionMs.ToString(CultureInfo.InvariantCulture));
        var size = topic.RetentionBytes < 0 ? null : $"{Bytes(topic.RetentionBytes)} a partition";
        return string.Join(", ", new[] { time ?? (size is null ? "for ever" : null), size, topic.IsCompacted ? "compacted" : null }.OfType<string>());
    }

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    private static string Scale(double? number, double step, string[] units, string separator)
    {
        if (number is not { } value || double.IsNaN(value))
        {
            return Nothing;
        }

        var unit = 0;
        while (Math.Abs(value) >= step && unit < units.Length - 1)
        {
            value /= step;
            unit++;
        }

        var format = unit == 0 && value == Math.Floor(value) ? "0" : Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.#" : "0.##";
        return value.ToString(format, CultureInfo.InvariantCulture) + (units[unit].Length > 0 ? separator : "") + units[unit];
    }
}
