using System.Text;
using Kafscale.Broker.Telemetry;
using Kafscale.Operator;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Cli.Configuration;

/// <summary>Makes docs/metrics.md from the catalog of metrics.</summary>
internal static class MetricsReference
{
    private const string Introduction = """
        # Metrics

        This page is made by `./kafscale metrics > docs/metrics.md`; a test checks that it is current, and another one that a broker
        publishes exactly these, but for the last section, which is the operator's.

        `GET /metrics` on the address of `metrics.addr` answers in the Prometheus text format, and in OpenMetrics where the request
        accepts `application/openmetrics-text`. A metric that has nothing to say yet, such as the errors of an API that has answered none, is
        left out. Histograms have the series `_bucket`, `_sum` and `_count`.

        The number of series is bounded: labels have few values, but for `topic`, `group` and `partition`, which
        `metrics.topics.max`, `metrics.groups.max` and `metrics.partitions.max` bound ([configuration.md](configuration.md)).
        Partitions have none unless that is set. What
        the metrics are good for, and what to do about them, is in [operations.md](operations.md).

        """;

    /// <summary>The whole page.</summary>
    public static string Markdown()
    {
        var page = new StringBuilder(Introduction);
        foreach (var section in MetricCatalog.Sections.Append(OperatorMetrics.Section))
        {
            page.Append($"\n## {section.Title}\n\n| Name | Kind | Unit | Labels | Meaning |\n|---|---|---|---|---|\n");
            foreach (var metric in section.Metrics)
            {
                page.Append($"| `{metric.Name}` | {metric.Kind.ToString().ToLowerInvariant()} | {UnitOf(metric)} | ");
                page.Append($"{string.Join(", ", metric.Labels.Select(label => $"`{label}`"))} | {metric.Description} |\n");
            }
        }

        return page.ToString();
    }

    private static string UnitOf(MetricDefinition metric) => metric.Unit switch
    {
        null => "",
        "By" => "bytes",
        "s" => "seconds",
        "ms" => "milliseconds",
        var unit => unit,
    };
}
