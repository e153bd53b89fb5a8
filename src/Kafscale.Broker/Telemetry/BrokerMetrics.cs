using System.Diagnostics.Metrics;

namespace Kafscale.Broker.Telemetry;

/// <summary>What the broker counts, part by part; <see cref="MetricCatalog"/> has all names.</summary>
internal sealed class BrokerMetrics : IDisposable
{
    public const string MeterName = "Kafscale.Broker";

    public BrokerMetrics(TimeProvider timeProvider)
    {
        Requests = new RequestMetrics(Meter, timeProvider);
        Records = new RecordMetrics(Meter);
        Connections = new ConnectionMetrics(Meter);
        Flushes = new FlushMetrics(Meter, timeProvider);
        Maintenance = new MaintenanceMetrics(Meter);
        Metadata = new MetadataMetrics(Meter);
        Leadership = new LeadershipMetrics(Meter);
        Groups = new GroupMetrics(Meter);
    }

    public Meter Meter { get; } = new(MeterName);

    public RequestMetrics Requests { get; }

    public RecordMetrics Records { get; }

    public ConnectionMetrics Connections { get; }

    public FlushMetrics Flushes { get; }

    public MaintenanceMetrics Maintenance { get; }

    public MetadataMetrics Metadata { get; }

    public LeadershipMetrics Leadership { get; }

    public GroupMetrics Groups { get; }

    public void Dispose() => Meter.Dispose();
}
