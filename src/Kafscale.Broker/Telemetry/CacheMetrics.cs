using System.Diagnostics.Metrics;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>
/// What the caches hold and how well they answer. The hot segment cache (L1) has names of its own; the parsed objects beside it are
/// the indexes (L2) and the manifests.
/// </summary>
internal static class CacheMetrics
{
    public static MetricSection Section { get; } = new("Caches");

    private static readonly MetricDefinition CacheBytes = Section.Gauge(
        "kafscale_cache_bytes", "By", "Bytes of objects in the hot segment cache.");

    private static readonly MetricDefinition CacheHits = Section.Counter(
        "kafscale_cache_hits_total", null, "Reads that the hot segment cache alone answered.");

    private static readonly MetricDefinition CacheMisses = Section.Counter(
        "kafscale_cache_misses_total", null, "Reads that had to wait for the object store.");

    private static readonly MetricDefinition CacheHitBytes = Section.Counter(
        "kafscale_cache_hit_bytes_total", "By", "Bytes of the reads that the hot segment cache alone answered.");

    private static readonly MetricDefinition CacheMissBytes = Section.Counter(
        "kafscale_cache_miss_bytes_total", "By", "Bytes of the reads that had to wait for the object store.");

    private static readonly MetricDefinition CacheEvictions = Section.Counter(
        "kafscale_cache_evictions_total", null, "Extents and objects that made room for others.");

    private static readonly MetricDefinition CacheLoads = Section.Counter(
        "kafscale_cache_loads_total", null, "Range reads of the object store.");

    private static readonly MetricDefinition CacheLoadedBytes = Section.Counter(
        "kafscale_cache_loaded_bytes_total", "By", "Bytes that were read from the object store.");

    private static readonly MetricDefinition ReadaheadBytes = Section.Counter(
        "kafscale_readahead_bytes_total", "By", "Bytes that were loaded before a consumer asked for them.");

    private static readonly MetricDefinition ReadaheadUsedBytes = Section.Counter(
        "kafscale_readahead_used_bytes_total", "By", "Bytes that were read ahead and then asked for.");

    private static readonly MetricDefinition ReadaheadWastedBytes = Section.Counter(
        "kafscale_readahead_wasted_bytes_total", "By", "Bytes that were read ahead and left the cache without having been asked for.");

    private static readonly MetricDefinition IndexCacheBytes = Section.Gauge(
        "kafscale_index_cache_bytes", "By", "Bytes of parsed segment indexes.");

    private static readonly MetricDefinition IndexCacheHits = Section.Counter(
        "kafscale_index_cache_hits_total", null, "Indexes that were in memory.");

    private static readonly MetricDefinition IndexCacheMisses = Section.Counter(
        "kafscale_index_cache_misses_total", null, "Indexes that had to be loaded.");

    private static readonly MetricDefinition IndexCacheEvictions = Section.Counter(
        "kafscale_index_cache_evictions_total", null, "Indexes that made room for others.");

    private static readonly MetricDefinition ManifestCacheBytes = Section.Gauge(
        "kafscale_manifest_cache_bytes", "By", "Bytes of parsed manifests.");

    private static readonly MetricDefinition ManifestCacheHits = Section.Counter(
        "kafscale_manifest_cache_hits_total", null, "Manifests that were in memory.");

    private static readonly MetricDefinition ManifestCacheMisses = Section.Counter(
        "kafscale_manifest_cache_misses_total", null, "Manifests that had to be loaded.");

    private static readonly MetricDefinition ManifestCacheEvictions = Section.Counter(
        "kafscale_manifest_cache_evictions_total", null, "Manifests that made room for others.");

    public static void Publish(Meter meter, CachedObjectReader objects, IndexCache indexes, ManifestCache manifests)
    {
        CacheBytes.Observe(meter, () => objects.Bytes);
        CacheHits.Observe(meter, () => objects.Hits);
        CacheMisses.Observe(meter, () => objects.Misses);
        CacheHitBytes.Observe(meter, () => objects.HitBytes);
        CacheMissBytes.Observe(meter, () => objects.MissBytes);
        CacheEvictions.Observe(meter, () => objects.Evictions);
        CacheLoads.Observe(meter, () => objects.Loads);
        CacheLoadedBytes.Observe(meter, () => objects.LoadedBytes);
        ReadaheadBytes.Observe(meter, () => objects.ReadAheadBytes);
        ReadaheadUsedBytes.Observe(meter, () => objects.UsedReadAheadBytes);
        ReadaheadWastedBytes.Observe(meter, () => objects.WastedReadAheadBytes);
        IndexCacheBytes.Observe(meter, () => indexes.Bytes);
        IndexCacheHits.Observe(meter, () => indexes.Hits);
        IndexCacheMisses.Observe(meter, () => indexes.Misses);
        IndexCacheEvictions.Observe(meter, () => indexes.Evictions);
        ManifestCacheBytes.Observe(meter, () => manifests.Bytes);
        ManifestCacheHits.Observe(meter, () => manifests.Hits);
        ManifestCacheMisses.Observe(meter, () => manifests.Misses);
        ManifestCacheEvictions.Observe(meter, () => manifests.Evictions);
    }
}
