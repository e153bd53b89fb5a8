using System.Globalization;
using System.Text;

namespace Kafscale.Bench;

/// <summary>Renders results as a Markdown table: one row per benchmark and store, each number the median of its runs.</summary>
internal static class ResultTable
{
    private static readonly (string Title, string Format, Func<Result, double> Value)[] Columns =
    [
        ("MB/s", "0", result => result.Load.PayloadBytes / 1e6 / result.Seconds),
        ("CPU-s/GiB", "0.00", result => result.ProcessorSeconds / result.Gib),
        ("of it user", "0.00", result => result.UserSeconds / result.Gib),
        ("system", "0.00", result => result.SystemSeconds / result.Gib),
        ("requests/s", "0", result => result.Load.Requests / result.Seconds),
        ("requests/CPU-s", "0", result => result.Load.Requests / result.ProcessorSeconds),
        ("p50 ms", "0.00", result => result.LatencyMs(0.5)),
        ("p99 ms", "0.00", result => result.LatencyMs(0.99)),
        ("PUTs of WAL", "0", result => result.Flushes),
        ("KiB/request", "0.0", result => (result.After.AllocatedBytes - result.Before.AllocatedBytes) / 1024 / result.Load.Requests),
        ("allocated MiB", "0", result => (result.After.AllocatedBytes - result.Before.AllocatedBytes) / (1024 * 1024)),
        ("GCs", "0", result => result.After.Collections - result.Before.Collections),
        ("gen 2", "0", result => result.After.FullCollections - result.Before.FullCollections),
        ("GC pause ms", "0", result => 1000 * (result.After.PauseSeconds - result.Before.PauseSeconds)),
        ("peak RSS MiB", "0", result => result.After.PeakResidentMib),
    ];

    public static string Render(IReadOnlyList<Result> results)
    {
        var table = new StringBuilder();
        table.Append("| Benchmark | Store | ").AppendJoin(" | ", Columns.Select(column => column.Title)).Append(" |\n");
        table.Append("|---|---|").Insert(table.Length, "---:|", Columns.Length).Append('\n');
        foreach (var runs in results.GroupBy(result => (result.Benchmark, result.Store)))
        {
            var cells = Columns.Select(column => Format(Median(runs.Select(column.Value)), column.Format));
            table.Append(CultureInfo.InvariantCulture, $"| {runs.Key.Benchmark} | {runs.Key.Store} | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return table.ToString();
    }

    private static string Format(double value, string format) =>
        double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "";

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return ordered[ordered.Length / 2];
    }
}
