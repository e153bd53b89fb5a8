using System.Globalization;
using Kafscale.Testing;

namespace Kafscale.Bench.Latency;

/// <summary>A <see cref="SlowStoreBroker"/> in a process of its own, as a broker is: what the load allocates and waits for is not the broker's.</summary>
internal sealed class BrokerApart : IAsyncDisposable
{
    /// <summary>The command by which this program is such a broker; four latencies in milliseconds follow.</summary>
    public const string Command = "slow-store-broker";

    private readonly RunningProcess _process;

    private BrokerApart(RunningProcess process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    public static async Task<BrokerApart> StartAsync(int putP50Ms, int putP99Ms, int readP50Ms, int readP99Ms)
    {
        var latencies = new[] { putP50Ms, putP99Ms, readP50Ms, readP99Ms }.Select(ms => ms.ToString(CultureInfo.InvariantCulture));
        var process = RunningProcess.Start(Environment.ProcessPath!, [Command, .. latencies]);
        var port = await process.ReadStandardOutputLineAsync(CancellationToken.None);
        return port is null
            ? throw new InvalidOperationException($"The broker did not start:\n{process.Output}")
            : new BrokerApart(process, int.Parse(port, CultureInfo.InvariantCulture));
    }

    /// <summary>Is such a broker until the process is killed.</summary>
    public static async Task<string> RunAsync(int[] latenciesMs)
    {
        await using var broker = await SlowStoreBroker.StartAsync(Latency(latenciesMs[0], latenciesMs[1], seed: 3), Latency(latenciesMs[2], latenciesMs[3], seed: 4));
        Console.WriteLine(broker.Port);
        await Task.Delay(Timeout.InfiniteTimeSpan);
        return "";
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static LognormalLatency Latency(int p50Ms, int p99Ms, int seed) =>
        new(TimeSpan.FromMilliseconds(p50Ms), TimeSpan.FromMilliseconds(p99Ms), new Random(seed));
}
