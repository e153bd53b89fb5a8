using System.Text.Json;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>The dashboards and alerts of <c>deploy/</c>, as far as the tests want to know them.</summary>
internal static partial class DashboardFiles
{
    /// <summary>The rules.</summary>
    public static string Alerts { get; } = RepositoryRoot.File("deploy", "prometheus", "alerts.yaml");

    /// <summary>Their tests.</summary>
    public static string AlertTests { get; } = RepositoryRoot.File("deploy", "prometheus", "alerts_test.yaml");

    /// <summary>The queries of all panels, as Grafana would send them.</summary>
    public static IReadOnlyList<(string Panel, string Expression)> Queries { get; } =
        [.. Directory.GetFiles(RepositoryRoot.File("deploy", "grafana"), "*.json").Order(StringComparer.Ordinal).SelectMany(QueriesOf)];

    /// <summary>The names of the alerts and their expressions.</summary>
    public static IReadOnlyList<(string Name, string Expression)> AlertExpressions { get; } =
        [.. AlertPattern().Matches(File.ReadAllText(Alerts)).Select(match => (match.Groups["name"].Value, match.Groups["expression"].Value.Replace("''", "'", StringComparison.Ordinal)))];

    private static IEnumerable<(string Panel, string Expression)> QueriesOf(string file)
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(file));
        foreach (var panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
        {
            if (panel.TryGetProperty("targets", out var targets))
            {
                foreach (var target in targets.EnumerateArray())
                {
                    var expression = target.GetProperty("expr").GetString()!
                        .Replace("$__rate_interval", "10s", StringComparison.Ordinal)
                        .Replace("$broker", ".*", StringComparison.Ordinal);
                    yield return ($"{Path.GetFileName(file)}: {panel.GetProperty("title").GetString()}", expression);
                }
            }
        }
    }

    [GeneratedRegex(@"- alert: (?<name>\w+)\n\s+expr: '(?<expression>.*)'\n")]
    private static partial Regex AlertPattern();
}
