using System.Diagnostics;
using System.Globalization;
using Kafscale.Testing;

namespace Kafscale.Bench.Overhead;

/// <summary>What metrics cost: the same load on a broker that measures and on one that does not, in turn.</summary>
internal static class OverheadScenario
{
    private const string Topic = "small";
    private const int RecordBytes = 100;
    private const int Connections = 4;
    private const int InFlight = 64;
    private const int WarmUpRounds = 3;

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(OverheadOptions options)
    {
        using var http = new HttpClient();
        await using var on = await StartAsync(isOn: true);
        await using var off = await StartAsync(isOn: false);
        var load = new ProduceLoad(Topic, recordsPerBatch: 1, RecordBytes);
        var turnsOn = new List<Turn>();
        var turnsOff = new List<Turn>();
        for (var round = -WarmUpRounds; round < options.Rounds; round++)
        {
            // Whoever is first may be at a disadvantage, so they take turns at that as well.
            var isOnFirst = round % 2 == 0;
            foreach (var isOn in (bool[])[isOnFirst, !isOnFirst])
            {
                var turn = await MeasureAsync(isOn ? on : off, load, options.Requests, http);
                if (round >= 0)
                {
                    (isOn ? turnsOn : turnsOff).Add(turn);
                }
            }
        }

        var ratios = turnsOn.Zip(turnsOff, (with, without) => with.MicrosecondsOfProcessor / without.MicrosecondsOfProcessor).ToList();
        return string.Create(
            CultureInfo.InvariantCulture,
            $"""
            | Metrics | CPU-us a request | Requests/s |
            |---|---|---|
            | on | {Median(turnsOn.Select(turn => turn.MicrosecondsOfProcessor)):0.00} | {Median(turnsOn.Select(turn => turn.RequestsPerSecond)):0} |
            | off | {Median(turnsOff.Select(turn => turn.MicrosecondsOfProcessor)):0.00} | {Median(turnsOff.Select(turn => turn.RequestsPerSecond)):0} |

            {options.Rounds} rounds of {options.Requests} requests; median of the ratios of processor time, round by round: {Median(ratios):0.000}
            """);
    }

    private static async Task<BrokerProcess> StartAsync(bool isOn)
    {
        var broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument, "--metrics-enabled", isOn ? "true" : "false"]);
        BenchTopic.Create(broker.Port, Topic);
        return broker;
    }

    private static async Task<Turn> MeasureAsync(BrokerProcess broker, ProduceLoad load, int requests, HttpClient http)
    {
        var before = await BrokerUsage.ReadAsync(broker, http);
        var startedAt = Stopwatch.GetTimestamp();
        load.Run(broker.Port, requests, Connections, InFlight);
        var seconds = Stopwatch.GetElapsedTime(startedAt).TotalSeconds;
        var after = await BrokerUsage.ReadAsync(broker, http);
        var processorSeconds = after.UserSeconds + after.SystemSeconds - before.UserSeconds - before.SystemSeconds;
        return new Turn(processorSeconds / requests * 1e6, requests / seconds);
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        return (ordered[(ordered.Count - 1) / 2] + ordered[ordered.Count / 2]) / 2;
    }

    private sealed record Turn(double MicrosecondsOfProcessor, double RequestsPerSecond);
}
