using System.Globalization;
using Kafscale.Bench.Loads;

namespace Kafscale.Bench.Suite;

/// <summary>Runs cases, each on a fresh broker.</summary>
internal sealed class CaseRunner(SuiteOptions options, HttpClient http)
{
    private const string TopicName = "bench";
    private const int WarmUpInFlight = 4;

    // As much as the segment that is written, and what is deleted goes at once.
    private const long SteadyRetentionBytes = 64L * 1024 * 1024;

    private static readonly Dictionary<string, string> SteadySettings = new()
    {
        ["KAFSCALE_LOG_RETENTION_CHECK_INTERVAL_MS"] = "100",
        ["KAFSCALE_LOG_SEGMENT_DELETE_DELAY_MS"] = "200",
    };

    /// <summary>Starts a broker, prepares what is read, warms up and measures.</summary>
    public async Task<CaseRun> RunAsync(BenchCase measured, Store store, BrokerBuild build)
    {
        var settings = measured.IsSteady ? new Dictionary<string, string>([.. SteadySettings, .. options.BrokerSettings]) : options.BrokerSettings;
        await using var broker = await BenchBroker.StartAsync(build, store, settings);
        var topic = new TopicShape(TopicName, measured.Partitions, measured.IsSteady ? SteadyRetentionBytes : null);
        BenchTopic.Create(broker.Port, topic);
        Func<LoadShape, LoadResult> load;
        if (measured.IsByClient)
        {
            load = PrepareClient(broker, measured, topic);
        }
        else
        {
            var workload = measured.Operation == Operation.Produce
                ? CreateProduce(measured, topic)
                : await PrepareFetchAsync(broker, store, measured, topic);
            load = shape => Driver.Run(broker.Port, workload, shape);
        }

        // At the same rate, so that what is merged and collected later on is not what the warm-up has left.
        load(new LoadShape(measured.Connections, Math.Max(measured.InFlight, WarmUpInFlight), Scaled(measured, measured.WarmUpRequests), measured.RequestsPerSecond));
        var shape = new LoadShape(measured.Connections, measured.InFlight, Scaled(measured, measured.Requests), measured.RequestsPerSecond);
        var run = await MeasureAsync(broker, () => load(shape), measured, store, build);
        await Console.Error.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"  {build.Name}: process {broker.ProcessId}, {run.Load.Duration.TotalSeconds:0.00} s, {run.MegabytesPerSecond:0} MB/s, {run.ProcessorSeconds:0.00} CPU-s, {run.SystemSeconds:0.00} of it system"));
        return run;
    }

    private async Task<CaseRun> MeasureAsync(BenchBroker broker, Func<LoadResult> load, BenchCase measured, Store store, BrokerBuild build)
    {
        using var pauses = GcPauses.Watch(broker.ProcessId);

        // Asking allocates too.
        var allocatedBeforeAsking = await AllocatedBytes.ReadAsync(broker, http);
        var allocatedBefore = await AllocatedBytes.ReadAsync(broker, http);
        var before = ProcessUsage.Read(broker.ProcessId);
        var result = load();
        var after = ProcessUsage.Read(broker.ProcessId);
        var allocatedAfter = await AllocatedBytes.ReadAsync(broker, http);
        return new CaseRun
        {
            Case = measured,
            Store = store,
            Build = build,
            Load = result,
            UserSeconds = after.UserSeconds - before.UserSeconds,
            SystemSeconds = after.SystemSeconds - before.SystemSeconds,
            PeakResidentMib = after.PeakResidentMib,
            AllocatedBytes = allocatedAfter - allocatedBefore - (allocatedBefore - allocatedBeforeAsking),
            PausesMs = pauses.Stop(),
        };
    }

    private static ProduceWorkload CreateProduce(BenchCase measured, TopicShape topic) =>
        new(topic, measured.Batch, measured.Connections, measured.BatchesPerRequest);

    private async Task<IWorkload> PrepareFetchAsync(BenchBroker broker, Store store, BenchCase measured, TopicShape topic)
    {
        var preparation = new LoadShape(measured.Connections, measured.PreparingInFlight, Scaled(measured, measured.PreparingRequests));
        Driver.Run(broker.Port, CreateProduce(measured, topic), preparation);
        await ProcessUsage.WaitUntilQuietAsync(broker.ProcessId);
        var end = BenchTopic.EndOffsets(broker.Port, topic);
        if (measured.Operation == Operation.FetchFromStore)
        {
            // A broker in memory cannot be restarted, and has the last third in its cache.
            end = Array.ConvertAll(end, offset => ((offset / measured.RecordsPerBatch * 2) + 2) / 3 * measured.RecordsPerBatch);
            if (store != Store.Memory)
            {
                await broker.RestartAsync();
            }
        }

        return FetchWorkload.Read(
            broker.Port, topic, measured.Batch, new long[topic.Partitions], end, measured.Connections, measured.BatchesPerRequest, measured.PartitionMaxBytes);
    }

    private Func<LoadShape, LoadResult> PrepareClient(BenchBroker broker, BenchCase measured, TopicShape topic)
    {
        var client = new ClientLoad(broker.BootstrapServers, topic, measured.RecordBytes);
        if (measured.Operation == Operation.ClientProduce)
        {
            return shape => client.Produce(shape.Requests);
        }

        client.Produce(Scaled(measured, measured.Requests));
        return shape => client.Consume(shape.Requests);
    }

    // Every connection sends something.
    private int Scaled(BenchCase measured, int requests) => Math.Max(measured.Connections, (int)(requests * options.Scale));
}
