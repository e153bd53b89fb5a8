using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>What there is to say of one thing: a name and a value in each line, in JSON an object.</summary>
internal sealed class Fields : IRendered
{
    private readonly List<(string Name, object? Value)> _fields = [];

    public Fields Add(string name, object? value)
    {
        _fields.Add((name, value));
        return this;
    }

    public void WriteText(TextWriter output, TextStyle style)
    {
        var width = _fields.Max(field => field.Name.Length);
        foreach (var (name, value) in _fields)
        {
            output.WriteLine($"{style.Header(name)}{new string(' ', width - name.Length)}  {Cell.ToText(value)}");
        }
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        WriteProperties(json);
        json.WriteEndObject();
    }

    /// <summary>Writes the fields into an object that somebody else has begun.</summary>
    public void WriteProperties(Utf8JsonWriter json)
    {
        foreach (var (name, value) in _fields)
        {
            json.WritePropertyName(Cell.ToPropertyName(name));
            Cell.WriteJson(json, value);
        }
    }
}
