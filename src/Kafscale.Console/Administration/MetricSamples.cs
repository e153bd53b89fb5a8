using System.Globalization;

namespace Kafscale.Console.Administration;

/// <summary>What <c>GET /metrics</c> answers, read once: every sample by its name.</summary>
internal sealed class MetricSamples
{
    private readonly Dictionary<string, List<(string Labels, double Value)>> _byName = [];

    /// <summary>Reads the text format of Prometheus; lines that are none are passed over.</summary>
    public static MetricSamples Parse(ReadOnlySpan<char> text)
    {
        var samples = new MetricSamples();
        foreach (var line in text.EnumerateLines())
        {
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            var open = line.IndexOf('{');
            var close = open < 0 ? -1 : line.LastIndexOf('}');
            var nameEnd = open >= 0 ? open : line.IndexOf(' ');
            if (nameEnd <= 0 || (open >= 0 && close < open))
            {
                continue;
            }

            var rest = line[(open >= 0 ? close + 1 : nameEnd)..].Trim();
            var space = rest.IndexOf(' ');
            if (double.TryParse(space < 0 ? rest : rest[..space], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                samples.Add(line[..nameEnd].ToString(), open >= 0 ? line[(open + 1)..close].ToString() : "", value);
            }
        }

        return samples;
    }

    /// <summary>The sum of all samples of a name that have a label; all of them where none is given. Null where there are none.</summary>
    /// <param name="name">The metric's name.</param>
    /// <param name="label">As in <c>operation="put"</c>.</param>
    public double? Sum(string name, string? label = null)
    {
        if (!_byName.TryGetValue(name, out var samples))
        {
            return null;
        }

        double? sum = null;
        foreach (var sample in samples)
        {
            if (label is null || sample.Labels.Contains(label, StringComparison.Ordinal))
            {
                sum = (sum ?? 0) + sample.Value;
            }
        }

        return sum;
    }

    /// <summary>The samples of a name by the value of a label; those that have the same one are added up.</summary>
    public Dictionary<string, double> By(string name, string label)
    {
        var sums = new Dictionary<string, double>();
        if (_byName.TryGetValue(name, out var samples))
        {
            foreach (var sample in samples)
            {
                if (ValueOf(sample.Labels, label) is { } value)
                {
                    sums[value] = sums.GetValueOrDefault(value) + sample.Value;
                }
            }
        }

        return sums;
    }

    /// <summary>The cumulative buckets of a histogram by their upper bounds.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="label">As in <c>stage="upload"</c>; null: all.</param>
    public SortedDictionary<double, double> Buckets(string name, string? label = null)
    {
        var buckets = new SortedDictionary<double, double>();
        if (_byName.TryGetValue(name + "_bucket", out var samples))
        {
            foreach (var sample in samples)
            {
                if ((label is null || sample.Labels.Contains(label, StringComparison.Ordinal)) && ValueOf(sample.Labels, "le") is { } text)
                {
                    var bound = text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);
                    buckets[bound] = buckets.GetValueOrDefault(bound) + sample.Value;
                }
            }
        }

        return buckets;
    }

    private static string? ValueOf(string labels, string label)
    {
        var start = 0;
        while (true)
        {
            start = labels.IndexOf(label + "=\"", start, StringComparison.Ordinal);
            if (start < 0)
            {
                return null;
            }

            if (start == 0 || labels[start - 1] is ',' or ' ')
            {
                break;
            }

            start++;
        }

        start += label.Length + 2;
        var end = start;
        while (end < labels.Length && labels[end] != '"')
        {
            end += labels[end] == '\\' ? 2 : 1;
        }

        var value = labels[start..Math.Min(end, labels.Length)];
        return value.Contains('\\', StringComparison.Ordinal)
            ? value.Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal)
            : value;
    }

    private void Add(string name, string labels, double value)
    {
        if (!_byName.TryGetValue(name, out var samples))
        {
            _byName.Add(name, samples = []);
        }

        samples.Add((labels, value));
    }
}
