using System.Globalization;

namespace Kafscale.Bench.Latency;

/// <summary>How long acknowledgements and tail reads take over a store that takes its time.</summary>
internal static class LatencyScenario
{
    private const double FlushIntervalMs = 250;
    private const double AllowanceMs = 30;
    private const string Topic = "paced";

    // Until the just-in-time compiler has come to its final code.
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>Returns a Markdown table.</summary>
    public static async Task<string> RunAsync(LatencyOptions options)
    {
        await using var broker = await BrokerApart.StartAsync(options.PutP50Ms, options.PutP99Ms, readP50Ms: 30, readP99Ms: 100);
        var load = new PacedLoad(broker.Port, Topic, WarmUp + TimeSpan.FromSeconds(options.Seconds));
        load.Run();
        var requests = load.Requests().Where(request => request.DueAt >= WarmUp).ToList();
        var bound = string.Create(CultureInfo.InvariantCulture, $"{options.PutP99Ms + FlushIntervalMs + AllowanceMs:0}");
        return $"""
            | | p50 ms | p90 ms | p99 ms | p99.9 ms | max ms | p99 allowed |
            |---|---:|---:|---:|---:|---:|---:|
            | produce | {Percentiles.Row(requests.Select(request => request.ProduceMs), 0.5, 0.9, 0.99, 0.999, 1)} | {bound} |
            | produce to tail consumer | {Percentiles.Row(requests.Select(request => request.TailMs), 0.5, 0.9, 0.99, 0.999, 1)} | |
            """;
    }
}
