using Kafscale.Cli.Rendering;

namespace Kafscale.Cli.Benchmarks;

/// <summary>The numbers that a benchmark ends with.</summary>
internal static class BenchResult
{
    private const double BytesPerMegabyte = 1e6;

    /// <summary>How much, and how fast.</summary>
    public static Fields Throughput(int clients, long records, long bytes, TimeSpan elapsed)
    {
        var seconds = Math.Max(elapsed.TotalSeconds, 1e-6);
        return new Fields()
            .Add("CLIENTS", clients)
            .Add("RECORDS", records)
            .Add("MEGABYTES", bytes / BytesPerMegabyte)
            .Add("SECONDS", seconds)
            .Add("RECORDS-PER-SECOND", records / seconds)
            .Add("MEGABYTES-PER-SECOND", bytes / BytesPerMegabyte / seconds);
    }

    /// <summary>Percentiles in milliseconds.</summary>
    public static Table Latencies(params (string What, LatencyHistogram Histogram)[] measured)
    {
        var table = new Table("LATENCY-MS", "COUNT", "P50", "P95", "P99", "P99.9", "MAX");
        foreach (var (what, histogram) in measured)
        {
            table.Add(what, histogram.Count, Ms(0.5), Ms(0.95), Ms(0.99), Ms(0.999), Ms(1));

            double Ms(double share) => histogram.Percentile(share).TotalMilliseconds;
        }

        return table;
    }
}
