namespace Kafscale.Cli.Records;

/// <summary>The values of <c>--input</c>.</summary>
internal static class RecordInput
{
    public const string Text = "text";
    public const string Hex = "hex";
    public const string Json = "json";

    /// <summary>All of the input is one value.</summary>
    public const string Whole = "whole";
}
