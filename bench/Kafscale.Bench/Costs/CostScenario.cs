using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol.Records;

namespace Kafscale.Bench.Costs;

/// <summary>
/// What a broker asks of its object store, by a virtual clock: an idle hour, some minutes of a steady load that is read at
/// its end at the same time, the time until all of it is merged and collected, an idle hour again, and then one reader of everything.
/// </summary>
internal static class CostScenario
{
    private const int BytesPerSecond = 20 * 1024 * 1024;
    private const int SmallestBatchBytes = 1024;
    private const int LargestBatchBytes = 1024 * 1024;
    private const long CatchUpBytes = 2L * 1024 * 1024 * 1024;

    // What a batch of one record has besides its value.
    private const int BatchOverheadBytes = 75;

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAllAsync(CostOptions options)
    {
        var rows = new List<CostRow>();
        foreach (var partitions in options.Partitions)
        {
            await Console.Error.WriteLineAsync($"{partitions} partitions");
            rows.Add(await RunAsync(partitions, options.Minutes));
        }

        return CostTable.Render(rows);
    }

    private static async Task<CostRow> RunAsync(int partitions, int minutes)
    {
        await using var broker = await CostBroker.StartAsync(partitions);
        var atStart = broker.Store.Counts;
        await broker.Time.PassAsync(TimeSpan.FromHours(1));
        var beforeLoad = broker.Store.Counts;

        var interval = new FlusherOptions().FlushInterval;
        var bytesPerFlush = (int)(BytesPerSecond * interval.TotalSeconds);
        var partitionBytes = Math.Max(SmallestBatchBytes, bytesPerFlush / partitions);
        var batches = Math.Max(1, partitionBytes / LargestBatchBytes);
        var batch = new RecordBatchBuilder()
            .Append(broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), null, new byte[(partitionBytes / batches) - BatchOverheadBytes])
            .Build();
        var partitionsPerFlush = Math.Min(partitions, bytesPerFlush / partitionBytes);
        var tailOffsets = new long[partitions];
        var produced = 0L;
        var next = 0;
        var tail = default(RequestCounts);
        for (var flush = 0; flush < TimeSpan.FromMinutes(minutes) / interval; flush++)
        {
            var first = next;
            await broker.ProduceAsync(batch, Enumerable.Range(first, partitionsPerFlush).Select(i => i % partitions), batches);
            next = (next + partitionsPerFlush) % partitions;
            produced += (long)batch.Length * batches * partitionsPerFlush;
            var beforeTail = broker.Store.Counts;
            await broker.ConsumeAsync(tailOffsets, long.MaxValue);
            tail += broker.Store.Counts - beforeTail;
        }

        var segmentMs = new TopicConfiguration().SegmentMs;
        await broker.Time.PassAsync(TimeSpan.FromMilliseconds(segmentMs) + (4 * new MaintenanceOptions().GracePeriod));
        var afterLoad = broker.Store.Counts;
        await broker.Time.PassAsync(TimeSpan.FromHours(1));
        var afterIdle = broker.Store.Counts;
        var consumed = await broker.ConsumeAsync(new long[partitions], CatchUpBytes);
        return new CostRow
        {
            Partitions = partitions,
            ProducedBytes = produced,
            Flushes = (long)(TimeSpan.FromMinutes(minutes) / interval),
            FreshIdleHour = beforeLoad - atStart,
            Load = afterLoad - beforeLoad - tail,
            Tail = tail,
            IdleHour = afterIdle - afterLoad,
            ConsumedBytes = consumed,
            CatchUp = broker.Store.Counts - afterIdle,
        };
    }
}
