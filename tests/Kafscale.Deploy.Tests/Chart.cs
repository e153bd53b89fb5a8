using System.Text.Json;
using System.Text.Json.Nodes;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The chart, rendered by a program of ours on Go's template engine and sprig, as Helm does it.</summary>
internal static class Chart
{
    private static readonly TimeSpan CompileTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Lazy<Task<string>> Renderer = new(CompileAsync);

    /// <summary>The chart's folder.</summary>
    public static string Folder { get; } = RepositoryRoot.File("deploy", "helm", "kafscale");

    /// <summary>Renders it.</summary>
    /// <param name="values">YAML of what differs from the chart's own values.</param>
    /// <param name="options">More options of the renderer.</param>
    /// <exception cref="RenderingFailedException">A template fails.</exception>
    public static async Task<Rendering> RenderAsync(string values = "", params string[] options)
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("values.yaml");
        await File.WriteAllTextAsync(file, values);
        var (exitCode, output) = await RunningProcess.RunAsync(await Renderer.Value, ["-values", file, .. options, Folder], Patience);
        if (exitCode != 0)
        {
            throw new RenderingFailedException(output);
        }

        using var result = JsonDocument.Parse(output);
        return new Rendering(
            JsonNode.Parse(result.RootElement.GetProperty("values").GetRawText())!.AsObject(),
            [.. result.RootElement.GetProperty("manifests").EnumerateObject().SelectMany(template => Manifest.ParseAll(template.Value.GetString()!))],
            result.RootElement.GetProperty("notes").GetString()!);
    }

    private static async Task<string> CompileAsync()
    {
        var renderer = RepositoryRoot.File("artifacts", "chart-renderer");
        var (exitCode, output) = await RunningProcess.RunAsync(
            RepositoryRoot.File("tests", "Kafscale.Deploy.Tests", "render", "build"), [renderer], CompileTimeout);
        Assert.True(exitCode == 0, output);
        return renderer;
    }
}
