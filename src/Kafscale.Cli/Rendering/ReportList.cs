using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>Several reports with an empty line between them, in JSON an array.</summary>
internal sealed class ReportList(IReadOnlyList<IRendered> reports) : IRendered
{
    public void WriteText(TextWriter output, TextStyle style)
    {
        for (var i = 0; i < reports.Count; i++)
        {
            if (i > 0)
            {
                output.WriteLine();
            }

            reports[i].WriteText(output, style);
        }
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var report in reports)
        {
            report.WriteJson(json);
        }

        json.WriteEndArray();
    }
}
