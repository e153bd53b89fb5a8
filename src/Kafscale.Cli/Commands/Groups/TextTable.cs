namespace Kafscale.Cli.Commands.Groups;

/// <summary>Rows of text below each other.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public void Add(params object?[] row) => _rows.Add([.. row.Select(cell => cell is null or "" ? "-" : FormattableString.Invariant($"{cell}"))]);

    public async Task WriteAsync(TextWriter output)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
