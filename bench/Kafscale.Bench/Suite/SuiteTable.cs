using System.Globalization;
using System.Text;

namespace Kafscale.Bench.Suite;

/// <summary>Renders runs as a Markdown table: one row per case and store, each number the median of its runs.</summary>
internal static class SuiteTable
{
    private static readonly (string Title, string Format, bool IsCompared, Func<CaseRun, double> Value)[] Columns =
    [
        ("MB/s", "0.#", false, run => run.MegabytesPerSecond),
        ("CPU-s/GiB", "0.00", true, run => run.ProcessorSecondsPerGib),
        ("requests/CPU-s", "0", true, run => run.RequestsPerProcessorSecond),
        ("KiB/request", "0.0", true, run => run.AllocatedKibPerRequest),
        ("GC pause p99 ms", "0.0", false, run => run.PauseMs(0.99)),
        ("max ms", "0.0", false, run => run.PauseMs(1)),
        ("p50 ms", "0.00", false, run => run.LatencyMs(0.5)),
        ("p99 ms", "0.00", false, run => run.LatencyMs(0.99)),
        ("p99.9 ms", "0.00", false, run => run.LatencyMs(0.999)),
        ("peak RSS MiB", "0", false, run => run.PeakResidentMib),
    ];

    /// <param name="runs">Of all cases.</param>
    /// <param name="current">The broker that the numbers are about.</param>
    /// <param name="other">The one whose numbers are in parentheses; null: there is none.</param>
    public static string Render(IReadOnlyList<CaseRun> runs, BrokerBuild current, BrokerBuild? other)
    {
        var table = new StringBuilder();
        table.Append("| Case | Store | ").AppendJoin(" | ", Columns.Select(column => Title(column.Title, column.IsCompared, other)));
        table.Append(other is null ? " |\n" : " | CPU change |\n");
        table.Append("|---|---|").Insert(table.Length, "---:|", Columns.Length + (other is null ? 0 : 1)).Append('\n');
        foreach (var row in runs.GroupBy(run => (run.Case.Name, run.Store)))
        {
            var now = row.Where(run => run.Build == current).ToList();
            var before = row.Where(run => run.Build == other).ToList();
            var cells = Columns.Select(column => Cell(column.Value, column.Format, now, column.IsCompared ? before : []));
            table.Append(CultureInfo.InvariantCulture, $"| {row.Key.Name} | {row.Key.Store.ToString().ToLowerInvariant()} | ").AppendJoin(" | ", cells);
            table.Append(other is null ? "" : $" | {Change(now, before)}").Append(" |\n");
        }

        return table.ToString();
    }

    private static string Title(string title, bool isCompared, BrokerBuild? other) =>
        isCompared && other is not null ? $"{title} ({other.Name})" : title;

    private static string Cell(Func<CaseRun, double> value, string format, List<CaseRun> now, List<CaseRun> before)
    {
        var current = Format(value, format, now);
        return current != "" && Format(value, format, before) is { Length: > 0 } other ? $"{current} ({other})" : current;
    }

    private static string Format(Func<CaseRun, double> value, string format, List<CaseRun> runs) =>
        runs.Count > 0 && Comparison.Median(runs.Select(value)) is var median && double.IsFinite(median)
            ? median.ToString(format, CultureInfo.InvariantCulture)
            : "";

    private static string Change(List<CaseRun> now, List<CaseRun> before) =>
        now.Count > 0 && before.Count > 0
            ? Comparison.Describe(now.ConvertAll(run => run.ProcessorSecondsPerByte), before.ConvertAll(run => run.ProcessorSecondsPerByte))
            : "";
}
