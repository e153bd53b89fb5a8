using Kafscale.Storage.Caching;

namespace Kafscale.Broker.Telemetry;

/// <summary>
/// What the caches hold and how well they answer. The hot segment cache (L1) has names of its own; the parsed objects beside it are
/// the indexes (L2) and the manifests.
/// </summary>
internal static class CacheMetrics
{
    public static void Publish(BrokerMetrics metrics, CachedObjectReader objects, IndexCache indexes, ManifestCache manifests)
    {
        metrics.ObserveGauge("kafscale_cache_bytes", "By", "Bytes of objects in the hot segment cache.", () => objects.Bytes);
        metrics.ObserveCounter("kafscale_cache_hits_total", null, "Reads that the hot segment cache alone answered.", () => objects.Hits);
        metrics.ObserveCounter("kafscale_cache_misses_total", null, "Reads that had to wait for the object store.", () => objects.Misses);
        metrics.ObserveCounter("kafscale_cache_hit_bytes_total", "By", "Bytes of the reads that the hot segment cache alone answered.", () => objects.HitBytes);
        metrics.ObserveCounter("kafscale_cache_miss_bytes_total", "By", "Bytes of the reads that had to wait for the object store.", () => objects.MissBytes);
        metrics.ObserveCounter("kafscale_cache_evictions_total", null, "Extents and objects that made room for others.", () => objects.Evictions);
        metrics.ObserveCounter("kafscale_cache_loads_total", null, "Range reads of the object store.", () => objects.Loads);
        metrics.ObserveCounter("kafscale_cache_loaded_bytes_total", "By", "Bytes that were read from the object store.", () => objects.LoadedBytes);
        metrics.ObserveCounter("kafscale_readahead_bytes_total", "By", "Bytes that were loaded before a consumer asked for them.", () => objects.ReadAheadBytes);
        metrics.ObserveCounter("kafscale_readahead_used_bytes_total", "By", "Bytes that were read ahead and then asked for.", () => objects.UsedReadAheadBytes);
        metrics.ObserveCounter(
            "kafscale_readahead_wasted_bytes_total", "By", "Bytes that were read ahead and left the cache without having been asked for.", () => objects.WastedReadAheadBytes);
        metrics.ObserveGauge("kafscale_index_cache_bytes", "By", "Bytes of parsed segment indexes.", () => indexes.Bytes);
        metrics.ObserveCounter("kafscale_index_cache_hits_total", null, "Indexes that were in memory.", () => indexes.Hits);
        metrics.ObserveCounter("kafscale_index_cache_misses_total", null, "Indexes that had to be loaded.", () => indexes.Misses);
        metrics.ObserveCounter("kafscale_index_cache_evictions_total", null, "Indexes that made room for others.", () => indexes.Evictions);
        metrics.ObserveGauge("kafscale_manifest_cache_bytes", "By", "Bytes of parsed manifests.", () => manifests.Bytes);
        metrics.ObserveCounter("kafscale_manifest_cache_hits_total", null, "Manifests that were in memory.", () => manifests.Hits);
        metrics.ObserveCounter("kafscale_manifest_cache_misses_total", null, "Manifests that had to be loaded.", () => manifests.Misses);
        metrics.ObserveCounter("kafscale_manifest_cache_evictions_total", null, "Manifests that made room for others.", () => manifests.Evictions);
    }
}
