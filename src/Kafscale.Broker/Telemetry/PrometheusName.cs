using System.Globalization;

namespace Kafscale.Broker.Telemetry;

/// <summary>How names, labels and numbers are spelled in the Prometheus text format.</summary>
internal static class PrometheusName
{
    /// <summary>What the names of counters end in.</summary>
    public const string CounterSuffix = "_total";

    /// <summary>The metric's name of an instrument's: dots become underscores, and counters end in <c>_total</c>.</summary>
    public static string Of(string instrumentName, bool isCounter)
    {
        var name = WithValidCharacters(instrumentName);
        return isCounter && !name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? name + CounterSuffix : name;
    }

    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new List<string>(tags.Length);
        foreach (var (name, value) in tags)
        {
            labels.Add($"{WithValidCharacters(name)}=\"{EscapeLabel(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")}\"");
        }

        return string.Join(',', labels);
    }

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    public static string EscapeHelp(string text, PrometheusFormat format) => format == PrometheusFormat.OpenMetrics ? EscapeLabel(text) : Escape(text);

    private static string EscapeLabel(string text) => Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string WithValidCharacters(string name) =>
        string.Create(name.Length, name, (characters, original) =>
        {
            for (var i = 0; i < characters.Length; i++)
            {
                var valid = char.IsAsciiLetter(original[i]) || original[i] == '_' || (i > 0 && char.IsAsciiDigit(original[i]));
                characters[i] = valid ? original[i] : '_';
            }
        });
}
