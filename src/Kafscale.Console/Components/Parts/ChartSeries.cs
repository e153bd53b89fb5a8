namespace Kafscale.Console.Components.Parts;

/// <summary>A line of a chart.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Kind">How it looks: <c>one</c> or <c>two</c>.</param>
/// <param name="Points">In the order of time; null where nothing is known.</param>
public sealed record ChartSeries(string Label, string Kind, IReadOnlyList<(DateTimeOffset At, double? Value)> Points)
{
    public double? Last => Points.Count == 0 ? null : Points[^1].Value;
}
