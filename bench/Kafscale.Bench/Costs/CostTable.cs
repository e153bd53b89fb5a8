using System.Globalization;
using System.Text;

namespace Kafscale.Bench.Costs;

/// <summary>Renders what object store requests cost as a Markdown table.</summary>
internal static class CostTable
{
    private static readonly (string Title, string Format, Func<CostRow, double> Value)[] Columns =
    [
        ("Partitions", "0", row => row.Partitions),
        ("PUTs per flush", "0.00", row => (double)row.Load.WalPuts / row.Flushes),
        ("WAL PUTs/GiB", "0", row => row.Load.WalPuts / row.ProducedGib),
        ("$/GiB", "0.0000", row => new RequestCounts(row.Load.WalPuts, 0, 0, 0, 0, 0, 0).Dollars / row.ProducedGib),
        ("merging PUTs/GiB", "0", row => row.Load.MergedPuts / row.ProducedGib),
        ("GETs/GiB", "0", row => row.Load.Gets / row.ProducedGib),
        ("bytes read", "0.00", row => (double)row.Load.ReadBytes / row.ProducedBytes),
        ("HEADs", "0", row => row.Load.Heads),
        ("LISTs", "0", row => row.Load.Lists),
        ("DELETEs/GiB", "0", row => row.Load.Deletes / row.ProducedGib),
        ("$/GiB", "0.0000", row => (row.Load with { WalPuts = 0 }).Dollars / row.ProducedGib),
        ("tail GETs/GiB", "0", row => row.Tail.Gets / row.ProducedGib),
        ("catch-up GETs/GiB", "0", row => (row.CatchUp.Gets + row.CatchUp.Heads) / row.ConsumedGib),
        ("bytes read", "0.00", row => (double)row.CatchUp.ReadBytes / row.ConsumedBytes),
        ("$/GiB", "0.0000", row => row.CatchUp.Dollars / row.ConsumedGib),
        ("requests in an idle hour", "0", row => Requests(row.IdleHour)),
        ("of a fresh broker", "0", row => Requests(row.FreshIdleHour)),
        ("$/idle hour", "0.00000", row => row.IdleHour.Dollars),
    ];

    public static string Render(IReadOnlyList<CostRow> rows)
    {
        var table = new StringBuilder();
        table.Append("| ").AppendJoin(" | ", Columns.Select(column => column.Title)).Append(" |\n|");
        table.Insert(table.Length, "---:|", Columns.Length).Append('\n');
        foreach (var row in rows)
        {
            table.Append("| ").AppendJoin(" | ", Columns.Select(column => column.Value(row).ToString(column.Format, CultureInfo.InvariantCulture))).Append(" |\n");
        }

        return table.ToString();
    }

    private static double Requests(RequestCounts counts) => counts.Puts + counts.Gets + counts.Heads + counts.Lists + counts.Deletes;
}
