using System.Globalization;
using System.Text;
using Kafscale.Testing;

namespace Kafscale.Bench.Latency;

/// <summary>
/// What a reader from the beginning does to producers and tail consumers: a steady load, and in turn nobody else and one
/// consumer that reads some GiB as fast as it can.
/// </summary>
/// <remarks>
/// Every request to the store takes the same time here, so that the two kinds of phases differ by the reader alone and not by
/// who has met the slow requests.
/// </remarks>
internal static class CatchUpScenario
{
    private const string History = "history";
    private const string Paced = "paced";
    private const int RecordBytes = 1024;
    private const int RecordsPerBatch = 1000;
    private const int Connections = 4;

    private static readonly TimeSpan PutLatency = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReadLatency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    // Requests that were due just before the reader stopped were answered without it.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(LatencyOptions options)
    {
        await using var broker = await LocalBroker.StartAsync(
            new LognormalLatency(PutLatency, PutLatency, new Random(3)), new LognormalLatency(ReadLatency, ReadLatency, new Random(4)));
        BenchTopic.Create(broker.Port, History);
        BenchTopic.Create(broker.Port, Paced);
        var batches = (int)(options.CatchUpMib * 1024L * 1024 / (RecordsPerBatch * RecordBytes));
        new ProduceLoad(History, RecordsPerBatch, RecordBytes, isRandom: false).Run(broker.Port, batches, Connections, inFlight: 8);
        var end = BenchTopic.EndOffsets(broker.Port, History);
        await Console.Error.WriteLineAsync("  history is written");

        var quietFor = TimeSpan.FromSeconds(options.Seconds);
        var fetch = new FetchLoad(History, RecordBytes);
        var busy = new List<(TimeSpan From, TimeSpan To)>();
        var load = new PacedLoad(Paced, WarmUp + (quietFor * 2 * options.Rounds) + quietFor);
        Threads.RunSideBySide(2, role =>
        {
            if (role == 0)
            {
                load.Run(broker.Port);
                return;
            }

            while (load.Elapsed > TimeSpan.FromDays(1) || load.Elapsed < WarmUp)
            {
                Thread.Sleep(Margin);
            }

            for (var round = 0; round < options.Rounds; round++)
            {
                Thread.Sleep(quietFor);
                var from = load.Elapsed;
                fetch.ReadPartitions(broker.Port, connections: 1, new long[BenchTopic.Partitions], end, passes: 1);
                busy.Add((from, load.Elapsed));
                Console.Error.WriteLine($"  read {options.CatchUpMib} MiB in {(load.Elapsed - from).TotalSeconds:0.0} s");
            }
        });
        return Render(load, busy);
    }

    private static string Render(PacedLoad load, List<(TimeSpan From, TimeSpan To)> busy)
    {
        var last = busy[^1].To;
        var requests = load.Requests().Where(request => request.DueAt >= WarmUp).ToList();
        var during = requests.Where(request => busy.Any(phase => request.DueAt >= phase.From && request.DueAt < phase.To)).ToList();
        var without = requests.Where(request =>
            request.DueAt < last && busy.All(phase => request.DueAt < phase.From - Margin || request.DueAt > phase.To + Margin)).ToList();
        var table = new StringBuilder("| | requests | p50 ms | p90 ms | p99 ms | max ms |\n|---|---:|---:|---:|---:|---:|\n");
        Append("produce, nobody catches up", without, request => request.ProduceMs);
        Append("produce, one catches up", during, request => request.ProduceMs);
        Append("tail, nobody catches up", without, request => request.TailMs);
        Append("tail, one catches up", during, request => request.TailMs);
        return table.ToString();

        void Append(string name, List<PacedRequest> requests, Func<PacedRequest, double> latencyMs) => table.Append(
            CultureInfo.InvariantCulture, $"| {name} | {requests.Count} | {Percentiles.Row(requests.Select(latencyMs), 0.5, 0.9, 0.99, 1)} |\n");
    }
}
