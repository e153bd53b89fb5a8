using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Kafscale.Testing;

/// <summary>A real <c>kafscale dev --brokers 3</c> on ports that the system chooses; disposal always ends it.</summary>
public sealed partial class DevClusterProcess : IAsyncDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    private readonly RunningProcess _process;

    private DevClusterProcess(RunningProcess process, string readyLine)
    {
        _process = process;
        var ready = ReadyLine().Match(readyLine);
        BootstrapServers = ready.Groups["kafka"].Value;
        HttpAddresses = [.. ready.Groups["http"].Value.Split(',').Select(address => new Uri(address))];
        BrokerProcessIds = [.. ready.Groups["pids"].Value.Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture))];
    }

    /// <summary>What a Kafka client is given as <c>bootstrap.servers</c>.</summary>
    public string BootstrapServers { get; }

    /// <summary>Where each broker answers over HTTP.</summary>
    public IReadOnlyList<Uri> HttpAddresses { get; }

    /// <summary>The process that each broker had when the cluster was ready.</summary>
    public IReadOnlyList<int> BrokerProcessIds { get; }

    /// <summary>Everything that was written so far.</summary>
    public string Output => _process.Output;

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="dataFolder">Where it keeps its data.</param>
    /// <param name="arguments">More arguments for <c>kafscale dev</c>.</param>
    public static async Task<DevClusterProcess> StartAsync(string dataFolder, params string[] arguments)
    {
        var process = RunningProcess.Start(
            BrokerProcess.Executable, ["dev", "--brokers", "3", "--data-dir", dataFolder, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", .. arguments]);
        try
        {
            using var deadline = new CancellationTokenSource(Timeout);
            while (await process.ReadStandardOutputLineAsync(deadline.Token) is { } line)
            {
                if (ReadyLine().IsMatch(line))
                {
                    return new DevClusterProcess(process, line);
                }
            }

            throw new InvalidOperationException($"The cluster was not ready. Its output:\n{process.Output}");
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends a broker by SIGKILL, and waits until it is ready again.</summary>
    /// <param name="index">0 for the first one.</param>
    /// <param name="meanwhile">Done while it is gone.</param>
    public async Task KillBrokerAsync(int index, Func<Task> meanwhile)
    {
        using (var broker = Process.GetProcessById(BrokerProcessIds[index]))
        {
            broker.Kill();
        }

        await meanwhile();
        await Eventually.HoldsAsync(() => Output.Contains($"[{index + 1}] Ready again", StringComparison.Ordinal), Timeout);
    }

    /// <summary>Ends the command by SIGKILL, and nothing else.</summary>
    public async Task KillAsync()
    {
        _process.Send(Signal.Kill);
        await _process.WaitForExitAsync(Timeout);
    }

    /// <summary>Stops everything gracefully.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        _process.Send(Signal.Terminate);
        return await _process.WaitForExitAsync(Timeout);
    }

    /// <summary>Kills it where it still runs.</summary>
    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex("^Kafscale is ready: Kafka on (?<kafka>[^ ]+), HTTP on (?<http>[^ ]+), .* pids (?<pids>[0-9 ]+)\\.", RegexOptions.CultureInvariant)]
    private static partial Regex ReadyLine();
}
