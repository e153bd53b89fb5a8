using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>Fields of one thing with tables below them: in JSON an object that has the tables as properties.</summary>
internal sealed class Report(Fields fields) : IRendered
{
    private readonly List<(string Name, IRendered Part)> _parts = [];

    /// <param name="name">The property in JSON.</param>
    /// <param name="part">What is shown below all that is there already.</param>
    public Report Add(string name, IRendered part)
    {
        _parts.Add((name, part));
        return this;
    }

    public void WriteText(TextWriter output, TextStyle style)
    {
        fields.WriteText(output, style);
        foreach (var (_, part) in _parts.Where(part => part.Part is not Table { RowCount: 0 }))
        {
            output.WriteLine();
            part.WriteText(output, style);
        }
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        fields.WriteProperties(json);
        foreach (var (name, part) in _parts)
        {
            json.WritePropertyName(name);
            part.WriteJson(json);
        }

        json.WriteEndObject();
    }
}
