using System.Text.Encodings.Web;
using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>Writes results in the format that was asked for.</summary>
internal static class Renderer
{
    // Nothing here ends up in a web page, and names in other alphabets are to be readable.
    private static readonly JsonWriterOptions JsonOptions = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a result.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="format">One of <see cref="OutputFormat"/>.</param>
    /// <param name="style">How text is set off.</param>
    /// <param name="rendered">The result.</param>
    public static void Write(TextWriter output, string format, TextStyle style, IRendered rendered)
    {
        if (format == OutputFormat.Json)
        {
            output.WriteLine(ToJson(rendered));
        }
        else
        {
            rendered.WriteText(output, style);
        }
    }

    public static string ToJson(IRendered rendered)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, JsonOptions))
        {
            rendered.WriteJson(json);
        }

        return System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}
