using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>Everything that a broker publishes; docs/metrics.md is made from it.</summary>
public static class MetricCatalog
{
    /// <summary>The parts of the system, in the order of the page.</summary>
    public static IReadOnlyList<MetricSection> Sections =>
    [
        RequestMetrics.Section,
        RecordMetrics.Section,
        ConnectionMetrics.Section,
        FlushMetrics.Section,
        .. ObjectStoreMetrics.Sections,
        ObjectStoreHealthReport.Section,
        ReplicaLag.Section,
        CacheMetrics.Section,
        MaintenanceMetrics.Section,
        MetadataMetrics.Section,
        LeadershipMetrics.Section,
        GroupMetrics.Section,
        TopicMetrics.Section,
        ProcessMetrics.Section,
        RuntimeMetrics.Section,
    ];
}
