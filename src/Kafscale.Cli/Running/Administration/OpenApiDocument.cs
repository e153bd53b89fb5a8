namespace Kafscale.Cli.Running.Administration;

/// <summary>The description of everything that the HTTP server answers, kept beside this file and tested against it.</summary>
internal static class OpenApiDocument
{
    public static string Read()
    {
        using var stream = typeof(OpenApiDocument).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("openapi.json is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
