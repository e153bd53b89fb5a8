using System.Globalization;

namespace Kafscale.Bench.Suite;

/// <summary>Runs of one case with two brokers.</summary>
internal static class Comparison
{
    // Even runs that agree with each other by chance do not make less than this a difference.
    private const double SmallestChange = 0.03;

    public static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    /// <summary>
    /// By how much the median of what is now differs from that of before, in percent; in bold where it differs by more than runs
    /// of the same broker do, which takes two runs of each.
    /// </summary>
    public static string Describe(IReadOnlyList<double> now, IReadOnlyList<double> before)
    {
        var change = (Median(now) / Median(before)) - 1;
        var text = string.Create(CultureInfo.InvariantCulture, $"{change * 100:+0;-0;0} %");
        return IsBeyondNoise(now, before) ? $"**{text}**" : text;
    }

    private static bool IsBeyondNoise(IReadOnlyList<double> now, IReadOnlyList<double> before)
    {
        var difference = Math.Abs(Median(now) - Median(before));
        return now.Count > 1 && before.Count > 1
            && difference > Math.Max(now.Max() - now.Min(), before.Max() - before.Min())
            && difference > SmallestChange * Median(before);
    }
}
