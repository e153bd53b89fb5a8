namespace Kafscale.Console.Administration;

/// <summary>Looks at one broker over HTTP again and again, and tells what it did in between.</summary>
internal sealed class BrokerMeter(Uri address, BrokerHttp http, TimeProvider timeProvider)
{
    // The store has answered, or nobody waited for it.
    private static readonly string[] NoFailures = ["success", "not_found", "already_exists", "cancelled"];

    private static readonly string[] Stages = ["queue", "upload", "commit", "acknowledge"];

    private MetricSamples? _before;
    private long _beforeTimestamp;

    public async Task<BrokerLook> LookAsync(CancellationToken cancellationToken)
    {
        var status = http.GetStatusAsync(address, cancellationToken);
        var metrics = await http.GetMetricsAsync(address, cancellationToken);
        return new BrokerLook(address, await status, metrics is null ? Forget() : Measure(metrics));
    }

    private BrokerRates? Forget()
    {
        _before = null;
        return null;
    }

    private BrokerRates Measure(MetricSamples now)
    {
        var before = _before ?? now;
        var seconds = _before is null ? 0 : timeProvider.GetElapsedTime(_beforeTimestamp).TotalSeconds;
        _before = now;
        _beforeTimestamp = timeProvider.GetTimestamp();
        return new BrokerRates
        {
            Seconds = seconds,
            BytesIn = Growth("kafscale_produced_bytes_total"),
            BytesOut = Growth("kafscale_fetched_bytes_total"),
            ProduceRequests = Growth("kafscale_requests_total", "api=\"Produce\""),
            FetchRequests = Growth("kafscale_requests_total", "api=\"Fetch\""),
            CostDollars = Growth("kafscale_object_store_cost_dollars_total"),
            ObjectStoreErrors = Growth("kafscale_object_store_requests_total")
                - NoFailures.Sum(outcome => Growth("kafscale_object_store_requests_total", $"outcome=\"{outcome}\"")),
            ObjectStoreRequests = GrowthBy("kafscale_object_store_requests_total", "operation"),
            ObjectStoreLatency = GrowthOf("kafscale_object_store_request_duration_seconds"),
            ProduceLatency = GrowthOf("kafscale_request_duration_seconds", "api=\"Produce\""),
            ProduceStages = Stages.ToDictionary(stage => stage, stage => GrowthOf("kafscale_produce_stage_duration_seconds", $"stage=\"{stage}\"")),
            TopicBytesIn = GrowthBy("kafscale_topic_produced_bytes_total", "topic"),
            TopicBytesOut = GrowthBy("kafscale_topic_fetched_bytes_total", "topic"),
            UptimeSeconds = now.Sum("kafscale_broker_uptime_seconds"),
            MemoryBytes = now.Sum("kafscale_broker_mem_sys_bytes"),
            CpuPercent = now.Sum("kafscale_broker_cpu_percent"),
            MergeBacklogBytes = now.Sum("kafscale_merge_backlog_bytes") ?? 0,
            MergeBacklogSlices = now.Sum("kafscale_merge_backlog_slices") ?? 0,
            MergeBacklogAgeSeconds = now.Sum("kafscale_merge_backlog_age_seconds") ?? 0,
            WalObjects = now.Sum("kafscale_wal_objects") ?? 0,
            GarbageWaitingObjects = now.Sum("kafscale_garbage_waiting_objects") ?? 0,
            GarbageDeletedObjects = now.Sum("kafscale_garbage_deleted_objects_total") ?? 0,
        };

        double Growth(string name, string? label = null) => Difference(before.Sum(name, label) ?? 0, now.Sum(name, label) ?? 0);

        LatencyBuckets GrowthOf(string name, string? label = null) => LatencyBuckets.Between(before.Buckets(name, label), now.Buckets(name, label));

        Dictionary<string, double> GrowthBy(string name, string label)
        {
            var earlier = before.By(name, label);
            return now.By(name, label).ToDictionary(pair => pair.Key, pair => Difference(earlier.GetValueOrDefault(pair.Key), pair.Value));
        }
    }

    // A broker that was started again counts from zero.
    private static double Difference(double before, double now) => now >= before ? now - before : now;
}
