using System.Diagnostics;
using Kafscale.Testing;

namespace Kafscale.Bench;

/// <summary>All benchmarks against one fresh broker.</summary>
internal sealed class Suite(BenchOptions options, string store, HttpClient http, List<Result> results)
{
    private const int RecordBytes = 1024;
    private const int RecordsPerBatch = 1000;
    private const int SmallRecordBytes = 100;
    private const int Connections = 4;
    private const int LargeRequestsInFlight = 4;
    private const int SmallRequestsInFlight = 64;

    // So little that the default cache keeps it whatever else was written.
    private const int CachedBatchesPerPartition = 12;

    // Until the just-in-time compiler has come to its final code.
    private const int WarmUpMib = 512;
    private const int FetchWarmUpMib = 4096;

    // One at a time, each waits for its flush.
    private const int LatencyRequests = 500;

    public async Task RunAsync()
    {
        string[] arguments = store == BenchOptions.MemoryStore ? [BrokerProcess.InMemoryArgument] : [];
        await using var broker = await BrokerProcess.StartDevAsync(arguments, options.BrokerSettings);
        await Console.Error.WriteLineAsync($"  process {broker.ProcessId}, ready after {broker.StartDuration.TotalMilliseconds:0} ms");
        await MeasureSmallRequestsAsync(broker);
        await MeasureBatchesAsync(broker);
        await MeasureClientAsync(broker);
    }

    private async Task MeasureBatchesAsync(BrokerProcess broker)
    {
        const string Topic = "batches";
        BenchTopic.Create(broker.Port, Topic);
        var produce = new ProduceLoad(Topic, RecordsPerBatch, RecordBytes);
        var fetch = new FetchLoad(Topic, RecordBytes);
        produce.Run(broker.Port, BatchesOf(WarmUpMib), Connections, LargeRequestsInFlight);
        await MeasureAsync(broker, "produce 1 MiB batches", () =>
            produce.Run(broker.Port, BatchesOf(options.PayloadMib), Connections, LargeRequestsInFlight));

        var end = BenchTopic.EndOffsets(broker.Port, Topic);
        var tail = Array.ConvertAll(end, offset => offset - Math.Min(offset, CachedBatchesPerPartition * RecordsPerBatch));
        var cachedBatches = (int)(end.Sum() - tail.Sum()) / RecordsPerBatch;
        fetch.ReadPartitions(broker.Port, Connections, tail, end, passes: BatchesOf(FetchWarmUpMib) / cachedBatches);
        await MeasureAsync(broker, "fetch 1 MiB from cache", () =>
            fetch.ReadPartitions(broker.Port, Connections, tail, end, passes: Math.Max(1, BatchesOf(options.PayloadMib) / cachedBatches)));
        if (store == BenchOptions.FileStore)
        {
            await broker.StopAsync();
            await broker.StartAsync();
        }

        await MeasureAsync(broker, "fetch 1 MiB from store", () =>
            fetch.ReadPartitions(broker.Port, Connections, new long[BenchTopic.Partitions], end, passes: 1));
    }

    private async Task MeasureClientAsync(BrokerProcess broker)
    {
        const string Topic = "client";
        const string ProduceName = "librdkafka produce 1 KiB records";
        const string ConsumeName = "librdkafka consume 1 KiB records";
        BenchTopic.Create(broker.Port, Topic);
        var client = new ClientLoad(broker.BootstrapServers, Topic, RecordBytes);
        var records = options.PayloadMib * 1024;
        if (!options.Includes(ProduceName) && !options.Includes(ConsumeName))
        {
            return;
        }

        if (!await MeasureAsync(broker, ProduceName, () => client.Produce(records)))
        {
            client.Produce(records);
        }

        if (BenchTopic.EndOffsets(broker.Port, Topic).Sum() is var stored && stored != records)
        {
            throw new InvalidOperationException($"{records} records were produced and {stored} are stored.");
        }

        await MeasureAsync(broker, ConsumeName, () => client.Consume(records));
    }

    private async Task MeasureSmallRequestsAsync(BrokerProcess broker)
    {
        const string Topic = "small";
        BenchTopic.Create(broker.Port, Topic);
        var produce = new ProduceLoad(Topic, recordsPerBatch: 1, SmallRecordBytes);
        var fetch = new FetchLoad(Topic, SmallRecordBytes);
        produce.Run(broker.Port, options.Requests, Connections, SmallRequestsInFlight);
        await MeasureAsync(broker, "produce 100 B, 64 in flight", () => RequestsOnly(produce.Run(broker.Port, options.Requests, Connections, SmallRequestsInFlight)));
        await MeasureAsync(broker, "produce 100 B, one at a time", () => RequestsOnly(produce.Run(broker.Port, LatencyRequests, connections: 1, inFlight: 1)));
        var last = BenchTopic.EndOffsets(broker.Port, Topic)[0] - 1;
        fetch.ReadSame(broker.Port, options.Requests, Connections, last);
        await MeasureAsync(broker, "fetch 100 B, one at a time", () => fetch.ReadSame(broker.Port, options.Requests, Connections, last));
    }

    private static Load RequestsOnly(Load load) => load with { PayloadBytes = 0 };

    private static int BatchesOf(int mib) => (int)(mib * 1024L * 1024 / (RecordsPerBatch * RecordBytes));

    private async Task<bool> MeasureAsync(BrokerProcess broker, string benchmark, Func<Load> run)
    {
        if (!options.Includes(benchmark))
        {
            return false;
        }

        var before = await BrokerUsage.ReadAsync(broker, http);
        var startedAt = Stopwatch.GetTimestamp();
        var load = run();
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var after = await BrokerUsage.ReadAsync(broker, http);
        var result = new Result { Benchmark = benchmark, Store = store, Seconds = seconds, Load = load, Before = before, After = after };
        results.Add(result);
        await Console.Error.WriteLineAsync($"  {benchmark}: {seconds:0.00} s, {result.ProcessorSeconds:0.00} CPU-s");
        return true;
    }
}
