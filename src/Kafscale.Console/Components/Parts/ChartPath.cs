using System.Globalization;
using System.Text;

namespace Kafscale.Console.Components.Parts;

/// <summary>Lines of charts as SVG has them.</summary>
internal static class ChartPath
{
    public const int Width = 600;
    public const int Height = 100;

    // More than a screen shows of a line.
    private const int MaxPoints = 300;

    /// <summary>The largest value, rounded up to one that reads well; 1 where there is none.</summary>
    public static double NiceMax(IEnumerable<ChartSeries> series)
    {
        var max = series.SelectMany(line => line.Points).Max(point => point.Value) ?? 0;
        if (max <= 0)
        {
            return 1;
        }

        var magnitude = Math.Pow(10, Math.Floor(Math.Log10(max)));
        return ((double[])[1, 1.5, 2, 3, 4, 5, 6, 8, 10]).First(step => step * magnitude >= max * 0.9999) * magnitude;
    }

    /// <summary>The path of a line; gaps where nothing is known.</summary>
    public static string Of(ChartSeries series, DateTimeOffset from, DateTimeOffset to, double max)
    {
        var path = new StringBuilder();
        var isDown = false;
        var span = Math.Max(1, (to - from).TotalSeconds);
        var step = Math.Max(1, series.Points.Count / MaxPoints);
        for (var i = (series.Points.Count - 1) % step; i < series.Points.Count; i += step)
        {
            var (at, value) = series.Points[Math.Max(0, i)];
            if (value is null || at < from)
            {
                isDown = false;
                continue;
            }

            var x = (at - from).TotalSeconds / span * Width;
            var y = Height - (Math.Min(value.Value, max) / max * (Height - 4)) - 1;

            // A point that stands alone is a line of no length, whose round ends are seen.
            path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{x:0.#} {y:0.#}{(isDown ? "" : "h0")}");
            isDown = true;
        }

        return path.ToString();
    }
}
