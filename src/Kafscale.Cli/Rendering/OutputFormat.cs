namespace Kafscale.Cli.Rendering;

/// <summary>The values of <c>--output</c> where a command has results to show.</summary>
internal static class OutputFormat
{
    public const string Table = "table";
    public const string Json = "json";
}
