using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>A result that is shown to people as text and to programs as JSON.</summary>
internal interface IRendered
{
    /// <summary>Writes whole lines.</summary>
    void WriteText(TextWriter output, TextStyle style);

    /// <summary>Writes one JSON value.</summary>
    void WriteJson(Utf8JsonWriter json);
}
