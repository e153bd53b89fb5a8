using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Kafscale.Broker.Network;
using Kafscale.Broker.Telemetry;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.Telemetry;
using Kafscale.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Telemetry;

public sealed partial class MetricCatalogTests
{
    private static readonly List<MetricDefinition> Catalog = [.. MetricCatalog.Sections.SelectMany(section => section.Metrics)];

    [Fact]
    public async Task What_a_broker_publishes_and_what_the_catalog_has_are_the_same()
    {
        var published = new Dictionary<string, Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            // Other tests have meters of their own.
            if (instrument.Meter.Name.StartsWith(PrometheusExporter.MeterPrefix, StringComparison.Ordinal)
                && instrument.Meter.Name != PrometheusExporter.MeterPrefix + ".Tests")
            {
                lock (published)
                {
                    published[instrument.Name] = instrument;
                }
            }
        };
        listener.Start();
        using var process = new ProcessMetrics(TimeProvider.System);
        await using var stores = ObjectStoreStack.Create(
            new MemoryObjectStore(TimeProvider.System),
            new ObjectStoreStackOptions { Replica = new MemoryObjectStore(TimeProvider.System) },
            TimeProvider.System,
            new Random(1));
        await using var services = ServicesOf(stores.Lanes, new TelemetryOptions { MaxPartitions = 1 });
        await using var node = new BrokerNode(
            services.Options, stores.Lanes, services.MetadataStore, TimeProvider.System, new Random(1), NullLoggerFactory.Instance);
        _ = new ConnectionServices(new NetworkLimits(), node.Dispatcher, TimeProvider.System, NullLogger.Instance);
        new ReplicaLag(stores.Primary, services.Cluster, TimeProvider.System).Publish(services.Metrics.Meter);

        lock (published)
        {
            Assert.Equal(Catalog.Select(metric => metric.Name).Order(), published.Keys.Order());
            Assert.All(Catalog, metric =>
            {
                var instrument = published[metric.Name];
                Assert.Equal((metric.Kind, metric.Unit, metric.Description), (KindOf(instrument), instrument.Unit, instrument.Description));
            });
        }
    }

    [Fact]
    public void Every_published_name_of_a_broker_is_in_the_catalog() => Assert.Subset(
        Catalog.Select(metric => metric.Name).ToHashSet(),
        new HashSet<string>
        {
            "kafscale_s3_health_state", "kafscale_s3_latency_ms_avg", "kafscale_s3_error_rate", "kafscale_s3_state_duration_seconds",
            "kafscale_produce_rps", "kafscale_fetch_rps", "kafscale_produce_latency_ms", "kafscale_consumer_lag", "kafscale_consumer_lag_max",
            "kafscale_admin_requests_total", "kafscale_admin_request_errors_total", "kafscale_admin_request_latency_ms_avg",
            "kafscale_authz_denied_total", "kafscale_broker_uptime_seconds", "kafscale_broker_cpu_percent", "kafscale_broker_mem_alloc_bytes",
            "kafscale_broker_mem_sys_bytes", "kafscale_broker_heap_inuse_bytes",
        });

    [Fact]
    public void Names_are_those_of_Prometheus()
    {
        Assert.All(Catalog, metric =>
        {
            Assert.Matches(NamePattern(), metric.Name);
            Assert.Equal(metric.Kind == MetricKind.Counter, metric.Name.EndsWith("_total", StringComparison.Ordinal));
            Assert.EndsWith(".", metric.Description, StringComparison.Ordinal);
            Assert.All(metric.Labels, label => Assert.Matches(NamePattern(), label));
            Assert.Equal(metric.Bounds.Order(), metric.Bounds);
            if (metric.Unit is "By" or "s")
            {
                Assert.Contains(metric.Unit == "s" ? "_seconds" : "_bytes", metric.Name, StringComparison.Ordinal);
            }
        });
        var families = Catalog.Select(metric => metric.Name.Replace("_total", "", StringComparison.Ordinal)).ToList();
        Assert.Equal(families.Distinct(), families);
    }

    private static BrokerServices ServicesOf(ObjectStoreLanes stores, TelemetryOptions options) => new(
        new BrokerOptions { BrokerId = 1, AdvertisedHost = "broker.test", AdvertisedPort = 9092, Telemetry = options },
        stores,
        new Kafscale.Metadata.Memory.MemoryMetadataStore(TimeProvider.System),
        TimeProvider.System,
        new Random(1),
        NullLoggerFactory.Instance);

    private static MetricKind KindOf(Instrument instrument) => instrument.GetType().GetGenericTypeDefinition() switch
    {
        var type when type == typeof(Histogram<>) => MetricKind.Histogram,
        var type when type == typeof(Counter<>) || type == typeof(ObservableCounter<>) => MetricKind.Counter,
        _ => MetricKind.Gauge,
    };

    [GeneratedRegex("^[a-z][a-z0-9_]*$")]
    private static partial Regex NamePattern();
}
