using System.Globalization;

namespace Kafscale.Bench.Latency;

/// <summary>Percentiles of latencies.</summary>
internal static class Percentiles
{
    /// <summary>The latency that a share of them does not exceed.</summary>
    public static double Of(IEnumerable<double> latenciesMs, double share)
    {
        var ordered = latenciesMs.Order().ToArray();
        return ordered[Math.Max(0, (int)Math.Ceiling(ordered.Length * share) - 1)];
    }

    /// <summary>Cells of a Markdown table, one for each share.</summary>
    public static string Row(IEnumerable<double> latenciesMs, params double[] shares)
    {
        var all = latenciesMs.ToList();
        return string.Join(" | ", shares.Select(share => Of(all, share).ToString("0", CultureInfo.InvariantCulture)));
    }
}
