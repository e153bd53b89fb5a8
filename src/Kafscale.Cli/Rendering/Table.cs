using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>Rows below each other, and in JSON an array of objects whose properties are named for the headers.</summary>
internal sealed class Table(params string[] headers) : IRendered
{
    private const string Gap = "  ";

    private readonly List<object?[]> _rows = [];

    public int RowCount => _rows.Count;

    public void Add(params object?[] row)
    {
        if (row.Length != headers.Length)
        {
            throw new ArgumentException($"A row has {row.Length} cells below {headers.Length} headers.", nameof(row));
        }

        _rows.Add(row);
    }

    public void WriteText(TextWriter output, TextStyle style)
    {
        var texts = _rows.ConvertAll(row => Array.ConvertAll(row, Cell.ToText));
        var columns = Enumerable.Range(0, headers.Length).ToArray();
        var widths = Array.ConvertAll(columns, column => Math.Max(headers[column].Length, texts.Count == 0 ? 0 : texts.Max(row => row[column].Length)));
        var areNumbers = Array.ConvertAll(
            columns, column => _rows.Exists(row => Cell.IsNumber(row[column])) && _rows.TrueForAll(row => row[column] is null || Cell.IsNumber(row[column])));
        output.WriteLine(style.Header(Join(headers)));
        texts.ForEach(row => output.WriteLine(Join(row)));

        string Join(string[] row) => string.Join(
            Gap, row.Select((cell, column) => areNumbers[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd();
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        var names = Array.ConvertAll(headers, Cell.ToPropertyName);
        json.WriteStartArray();
        foreach (var row in _rows)
        {
            json.WriteStartObject();
            for (var column = 0; column < names.Length; column++)
            {
                json.WritePropertyName(names[column]);
                Cell.WriteJson(json, row[column]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
