using System.Globalization;
using System.Text;
using Kafscale.Bench.Loads;

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
    private const string Paced = "paced";
    private const int Connections = 4;
    private const int InFlight = 8;
    private const int FetchBytes = 1024 * 1024;
    private const int PutMs = 100;
    private const int ReadMs = 30;

    private static readonly TopicShape History = new("history", Partitions: 8);
    private static readonly BatchShape Batch = new(RecordBytes: 1024, Records: 1000);

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    // How long the effect of a phase may last into the next.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(LatencyOptions options)
    {
        await using var broker = await BrokerApart.StartAsync(PutMs, PutMs, ReadMs, ReadMs);
        BenchTopic.Create(broker.Port, History);
        var batches = (int)(options.CatchUpMib * 1024L * 1024 / Batch.PayloadBytes);
        Driver.Run(broker.Port, new ProduceWorkload(History, Batch, Connections), new LoadShape(Connections, InFlight, batches));
        var end = BenchTopic.EndOffsets(broker.Port, History);
        await Console.Error.WriteLineAsync("  history is written");

        var quietFor = TimeSpan.FromSeconds(options.Seconds);
        var rounds = new List<Round>();
        var load = new PacedLoad(broker.Port, Paced, WarmUp + (quietFor * 2 * options.Rounds) + quietFor);
        Threads.RunSideBySide(2, role =>
        {
            if (role == 0)
            {
                load.Run();
                return;
            }

            while (load.Elapsed > TimeSpan.FromDays(1) || load.Elapsed < WarmUp)
            {
                Thread.Sleep(Margin);
            }

            for (var round = 0; round < options.Rounds; round++)
            {
                var quietFrom = load.Elapsed;
                Thread.Sleep(quietFor);
                var from = load.Elapsed;
                FetchWorkload.Read(broker.Port, History, Batch, new long[History.Partitions], end, connections: 1, partitionsPerRequest: 1, FetchBytes);
                rounds.Add(new Round(quietFrom, from, load.Elapsed));
                Console.Error.WriteLine($"  read {options.CatchUpMib} MiB in {(load.Elapsed - from).TotalSeconds:0.0} s");
                Thread.Sleep(Margin);
            }
        });
        return Render(load, rounds);
    }

    private static string Render(PacedLoad load, List<Round> rounds)
    {
        var requests = load.Requests().ToList();
        var table = new StringBuilder("| | requests | p50 ms | p90 ms | p99 ms | max ms | p99 of each round |\n|---|---:|---:|---:|---:|---:|---|\n");
        Append("produce, nobody catches up", static round => round.Quiet, static request => request.ProduceMs);
        Append("produce, one catches up", static round => round.Busy, static request => request.ProduceMs);
        Append("tail, nobody catches up", static round => round.Quiet, static request => request.TailMs);
        Append("tail, one catches up", static round => round.Busy, static request => request.TailMs);
        return table.ToString();

        void Append(string name, Func<Round, (TimeSpan From, TimeSpan To)> phaseOf, Func<PacedRequest, double> latencyMs)
        {
            var ofRounds = rounds.ConvertAll(round => LatenciesIn(phaseOf(round), latencyMs));
            var all = ofRounds.SelectMany(latencies => latencies).ToList();
            var p99OfRounds = ofRounds.Select(latencies => Percentiles.Row(latencies, 0.99));
            table.Append(
                CultureInfo.InvariantCulture, $"| {name} | {all.Count} | {Percentiles.Row(all, 0.5, 0.9, 0.99, 1)} | {string.Join(", ", p99OfRounds)} |\n");
        }

        List<double> LatenciesIn((TimeSpan From, TimeSpan To) phase, Func<PacedRequest, double> latencyMs) =>
            [.. requests.Where(request => request.DueAt >= phase.From && request.DueAt < phase.To).Select(latencyMs)];
    }

    private sealed record Round(TimeSpan QuietFrom, TimeSpan BusyFrom, TimeSpan BusyTo)
    {
        // What was due just before the reader began was answered beside it.
        public (TimeSpan From, TimeSpan To) Quiet => (QuietFrom, BusyFrom - Margin);

        public (TimeSpan From, TimeSpan To) Busy => (BusyFrom, BusyTo);
    }
}
