using System.Globalization;
using Kafscale.Bench.Loads;
using Kafscale.Bench.Suite;
using Kafscale.Protocol.Records;
using Kafscale.Testing;

namespace Kafscale.Bench.Overhead;

/// <summary>What metrics cost: the same load on a broker that measures and on one that does not, in turn.</summary>
internal static class OverheadScenario
{
    public const string Command = "overhead";
    public const string CountOption = "--rounds";
    public const int DefaultRounds = 20;

    public const string Usage =
        """
        usage: bench/run overhead [--rounds N]

        Produces to two brokers in turn, one of which measures and one of which does not (metrics.enabled=false), and compares the
        processor time of a request and the throughput. Each is scraped once in each of its turns.

          --rounds N   how often each of them has its turn (default 20)
        """;

    private const int Connections = 4;
    private const int InFlight = 64;
    private const int Requests = 100_000;
    private const int WarmUpRounds = 3;

    private static readonly TopicShape Topic = new("small", Connections);
    private static readonly HttpClient Http = new();

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(CountOptions options)
    {
        await using var on = await StartAsync(isOn: true);
        await using var off = await StartAsync(isOn: false);
        var load = new ProduceWorkload(Topic, new BatchShape(100, 1, CompressionType.None), Connections, 1);
        var turnsOn = new List<Turn>();
        var turnsOff = new List<Turn>();
        for (var round = -WarmUpRounds; round < options.Count; round++)
        {
            // Whoever is first may be at a disadvantage, so they take turns at that as well.
            var isOnFirst = round % 2 == 0;
            foreach (var isOn in (bool[])[isOnFirst, !isOnFirst])
            {
                var turn = await MeasureAsync(isOn ? on : off, load);
                if (round >= 0)
                {
                    (isOn ? turnsOn : turnsOff).Add(turn);
                }
            }
        }

        var processor = turnsOn.Zip(turnsOff, (with, without) => with.ProcessorMicroseconds / without.ProcessorMicroseconds);
        var throughput = turnsOn.Zip(turnsOff, (with, without) => with.RequestsPerSecond / without.RequestsPerSecond);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | Metrics | CPU-us a request | Requests/s |
            |---|---:|---:|
            {Row("on", turnsOn)}
            {Row("off", turnsOff)}
            | on / off, median of the rounds | {Comparison.Median(processor):0.000} | {Comparison.Median(throughput):0.000} |
            """);
    }

    private static string Row(string name, IReadOnlyCollection<Turn> turns) => string.Create(
        CultureInfo.InvariantCulture,
        $"| {name} | {Comparison.Median(turns.Select(turn => turn.ProcessorMicroseconds)):0.00} | {Comparison.Median(turns.Select(turn => turn.RequestsPerSecond)):0} |");

    private static async Task<BrokerProcess> StartAsync(bool isOn)
    {
        var broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument, "--metrics-enabled", isOn ? "true" : "false"]);
        BenchTopic.Create(broker.Port, Topic);
        return broker;
    }

    private static async Task<Turn> MeasureAsync(BrokerProcess broker, ProduceWorkload load)
    {
        var before = ProcessUsage.Read(broker.ProcessId);
        var scraping = Http.GetStringAsync(new Uri(broker.HttpAddress, "/metrics"));
        var result = Driver.Run(broker.Port, load, new LoadShape(Connections, InFlight, Requests));
        await scraping;
        var after = ProcessUsage.Read(broker.ProcessId);
        return new Turn((after.ProcessorSeconds - before.ProcessorSeconds) / result.Requests * 1e6, result.Requests / result.Duration.TotalSeconds);
    }

    private sealed record Turn(double ProcessorMicroseconds, double RequestsPerSecond);
}
