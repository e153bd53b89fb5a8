using System.Globalization;
using Kafscale.Broker.Telemetry;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed class ObjectStoreMetricsExportTests
{
    [Fact]
    public void What_the_object_store_counts_is_on_the_page_under_its_published_names()
    {
        using var exporter = new PrometheusExporter();
        using var metrics = new ObjectStoreMetrics(new ObjectStorePrices());
        metrics.Primary.OnCompleted(new CompletedOperation(ObjectStoreOperation.Put, ObjectStoreOutcome.Success, TimeSpan.FromSeconds(0.1), 5));
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        exporter.WriteTo(writer);
        var page = writer.ToString();
        Assert.Contains("\nkafscale_object_store_requests_total{operation=\"put\",outcome=\"success\",store=\"primary\"} ", page, StringComparison.Ordinal);
        Assert.Contains("\nkafscale_object_store_request_duration_seconds_bucket{operation=\"put\",store=\"primary\",le=\"0.1\"} ", page, StringComparison.Ordinal);
        Assert.Contains("\nkafscale_object_store_bytes_total{operation=\"put\",store=\"primary\"} ", page, StringComparison.Ordinal);
        Assert.Contains("\nkafscale_object_store_cost_dollars_total{operation=\"put\",store=\"primary\"} ", page, StringComparison.Ordinal);
    }
}
