using Kafscale.Broker.Telemetry;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Operator.Tests.Scenarios;

public sealed class OperatorMetricsTests
{
    [Fact]
    public void The_published_names_are_there_with_their_values()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeSeconds(100_000));
        var options = new OperatorOptions { Image = "kafscale:1", LeaderKey = new NamespacedName("system", "kafscale-operator") };
        using var exporter = new PrometheusExporter("Kafscale.Operator");
        using var metrics = new OperatorMetrics(options, time);
        metrics.Set(new NamespacedName("metrics", "orders"), new EtcdUpkeepState
        {
            SnapshotAt = DateTimeOffset.FromUnixTimeSeconds(90_000),
            ScheduledAt = DateTimeOffset.FromUnixTimeSeconds(99_000),
            IsAccessKnown = true,
            AccessTrouble = "denied",
        });
        metrics.Set(new NamespacedName("shop", "refunds"), null);
        metrics.CountSnapshot(isPublished: true);
        // Other operators of this process publish under the same names.
        using var page = new StringWriter();

        exporter.WriteTo(page);

        var lines = page.ToString().Split('\n');
        Assert.Contains(lines, line => line.StartsWith("kafscale_operator_clusters ", StringComparison.Ordinal));
        Assert.Contains("kafscale_operator_etcd_snapshot_age_seconds{cluster=\"metrics/orders\"} 10000", lines);
        Assert.Contains("kafscale_operator_etcd_snapshot_last_success_timestamp{cluster=\"metrics/orders\"} 90000", lines);
        Assert.Contains("kafscale_operator_etcd_snapshot_last_schedule_timestamp{cluster=\"metrics/orders\"} 99000", lines);
        Assert.Contains("kafscale_operator_etcd_snapshot_stale{cluster=\"metrics/orders\"} 1", lines);
        Assert.Contains("kafscale_operator_etcd_snapshot_access_ok{cluster=\"metrics/orders\"} 0", lines);
        Assert.Contains(lines, line => line.StartsWith("kafscale_operator_snapshot_publish_total{result=\"success\"} ", StringComparison.Ordinal));
    }
}
