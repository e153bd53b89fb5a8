using System.Text.RegularExpressions;
using Kafscale.Broker.Telemetry;
using Kafscale.Operator;
using Kafscale.Storage.Telemetry;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Observability;

[Collection(nameof(AloneCollection))]
public sealed partial class DashboardTests
{
    private static readonly Dictionary<string, MetricDefinition> Catalog =
        MetricCatalog.Sections.Append(OperatorMetrics.Section).SelectMany(section => section.Metrics).ToDictionary(metric => metric.Name);

    [Fact]
    public async Task Every_query_of_every_panel_has_data_on_a_running_cluster_and_every_series_is_in_the_docs()
    {
        using var folder = new TemporaryFolder();
        await using var cluster = await DevClusterProcess.StartAsync(folder.File("data"), "--session-lease-ttl-ms", "30000");
        await using var operatorPage = await OperatorPage.StartAsync();
        await using var prometheus = await PrometheusServer.StartAsync(
            new Dictionary<string, IReadOnlyList<string>>
            {
                ["kafscale"] = [.. cluster.HttpAddresses.Select(address => address.Authority)],
                ["operator"] = [operatorPage.Address],
            },
            DashboardFiles.Alerts);
        await using var load = await DashboardLoad.StartAsync(cluster.BootstrapServers);

        var withoutData = DashboardFiles.Queries.ToList();
        Assert.InRange(withoutData.Count, 100, 1_000);
        await Eventually.HoldsAsync(
            async () =>
            {
                var waiting = new List<(string Panel, string Expression)>();
                foreach (var query in withoutData)
                {
                    if (!(await prometheus.QueryAsync(query.Expression)).Any(value => !double.IsNaN(value)))
                    {
                        waiting.Add(query);
                    }
                }

                withoutData = waiting;
                return withoutData.Count == 0;
            },
            TimeSpan.FromSeconds(60),
            () => $"queries have data:\n{string.Join('\n', withoutData)}");

        Assert.Equal([1, 1, 1], await prometheus.QueryAsync("up{job=\"kafscale\"}"));
        Assert.All(await prometheus.RulesAsync(), rule => Assert.Equal("ok", rule.Health));
        Assert.All(await prometheus.SeriesAsync("kafscale"), AssertIsDocumented);
        Assert.All(await prometheus.SeriesAsync("operator"), AssertIsDocumented);
    }

    [Fact]
    public async Task Every_alert_fires_on_what_it_is_for_and_is_silent_otherwise()
    {
        var (exitCode, output) = await PrometheusServer.PromtoolAsync("test", "rules", DashboardFiles.AlertTests);
        Assert.True(exitCode == 0, output);

        var tests = await File.ReadAllTextAsync(DashboardFiles.AlertTests);
        var guide = await File.ReadAllTextAsync(RepositoryRoot.File("docs", "operations.md"));
        Assert.InRange(DashboardFiles.AlertExpressions.Count, 15, 100);
        Assert.All(DashboardFiles.AlertExpressions, alert =>
        {
            Assert.Contains($"- name: {alert.Name} fires\n", tests, StringComparison.Ordinal);
            Assert.Contains($"- name: {alert.Name} is silent\n", tests, StringComparison.Ordinal);
            Assert.Contains($"\n### {alert.Name}\n", guide, StringComparison.Ordinal);
            Assert.Contains($"`{alert.Expression}`", guide, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Panels_and_alerts_name_metrics_that_there_are()
    {
        var named = DashboardFiles.Queries.Select(query => query.Expression).Concat(DashboardFiles.AlertExpressions.Select(alert => alert.Expression))
            .SelectMany(expression => MetricName().Matches(expression).Select(match => FamilyOf(match.Value)));

        Assert.DoesNotContain(named, name => !Catalog.ContainsKey(name));
    }

    [Fact]
    public void Every_metric_of_the_broker_that_an_operator_should_see_is_on_a_dashboard()
    {
        var shown = DashboardFiles.Queries
            .SelectMany(query => MetricName().Matches(query.Expression).Select(match => FamilyOf(match.Value))).ToHashSet();

        // Half of the catalog tells why, for those who ask; the sections that tell that all is well are shown in full.
        Assert.All(
            MetricCatalog.Sections.Where(section => section.Title is "Flushes" or "Object store" or "Health of the object store" or "Groups" or "Operator")
                .SelectMany(section => section.Metrics),
            metric => Assert.Contains(metric.Name, shown));
    }

    private static void AssertIsDocumented(IReadOnlyDictionary<string, string> series)
    {
        // What Prometheus itself notes of a scrape, and of an alert that is pending where the machine is slow.
        if (series["__name__"] is "up" or "ALERTS" or "ALERTS_FOR_STATE" || series["__name__"].StartsWith("scrape_", StringComparison.Ordinal))
        {
            return;
        }

        var metric = Assert.Contains(FamilyOf(series["__name__"]), Catalog);
        Assert.Equal(metric.Labels.Order(), series.Keys.Except(["__name__", "instance", "job", "le"]).Order());
    }

    private static string FamilyOf(string series)
    {
        var family = HistogramSuffix().Replace(series, "");
        return Catalog.TryGetValue(family, out var metric) && metric.Kind == MetricKind.Histogram ? family : series;
    }

    [GeneratedRegex(@"\b(kafscale|dotnet)_\w+")]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramSuffix();
}
