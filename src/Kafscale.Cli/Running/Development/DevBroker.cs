using System.Text.RegularExpressions;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;

namespace Kafscale.Cli.Running.Development;

/// <summary>One broker of several: a process that is started again where it ends.</summary>
internal sealed partial class DevBroker(
    int id, int index, ListenAddress kafka, ListenAddress http, DevBrokerSettings settings, TimeSpan stopTimeout, Surroundings surroundings)
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _prefix = $"[{id}] ";
    private volatile bool _isReady;

    /// <summary>Where Kafka clients connect; with the bound port once it is ready.</summary>
    public ListenAddress Kafka { get; private set; } = kafka;

    /// <summary>Where it answers over HTTP; with the bound port once it is ready.</summary>
    public ListenAddress Http { get; private set; } = http;

    /// <summary>The id of its process.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Completes when it is ready for the first time.</summary>
    public Task FirstReady => _firstReady.Task;

    /// <summary>Runs it until it is to stop.</summary>
    /// <exception cref="StartFailedException">It ended by itself before it was ready.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stop.Register(stopRequested.SetResult);
        while (!stop.IsCancellationRequested)
        {
            _isReady = false;
            await using var process = Start();
            await Task.WhenAny(process.Exited, stopRequested.Task);
            if (stop.IsCancellationRequested)
            {
                await StopAsync(process);
                return;
            }

            var exitCode = await process.Exited;
            if (!_isReady && exitCode < ExitCode.FirstSignal)
            {
                throw new StartFailedException($"broker {id} ended with {exitCode}; what it said is above.");
            }

            var cause = exitCode > ExitCode.FirstSignal ? $"by signal {exitCode - ExitCode.FirstSignal}" : $"with {exitCode}";
            surroundings.Output.WriteLine($"{_prefix}Process {process.Id} ended {cause}. It is started again in {RestartDelay.TotalSeconds} s.");
            await Task.WhenAny(Task.Delay(RestartDelay, surroundings.TimeProvider, stop), stopRequested.Task);
        }
    }

    private ChildProcess Start()
    {
        var process = ChildProcess.Start(
            Environment.ProcessPath!,
            ["broker", ParentPipeOption.Name],
            settings.EnvironmentOf(id, index, Kafka, Http),
            OnOutput,
            line => surroundings.Error.WriteLine(_prefix + line));
        ProcessId = process.Id;
        return process;
    }

    private async Task StopAsync(ChildProcess process)
    {
        process.RequestStop();
        try
        {
            await process.Exited.WaitAsync(stopTimeout, surroundings.TimeProvider);
        }
        catch (TimeoutException)
        {
            surroundings.Error.WriteLine($"{_prefix}It did not stop in time, and is killed.");
        }
    }

    private void OnOutput(string line)
    {
        if (ReadyLine().Match(line) is not { Success: true } match)
        {
            surroundings.Output.WriteLine(_prefix + line);
            return;
        }

        // The same ports after a restart, also where the system chose them.
        Kafka = ListenAddress.Parse(match.Groups["kafka"].Value);
        Http = ListenAddress.Parse(match.Groups["http"].Value);
        _isReady = true;
        if (!_firstReady.TrySetResult())
        {
            surroundings.Output.WriteLine($"{_prefix}Ready again, as process {ProcessId}.");
        }
    }

    [GeneratedRegex("^Kafscale is ready: Kafka on (?<kafka>[^,]+), HTTP on http://(?<http>[^,]+),", RegexOptions.CultureInvariant)]
    private static partial Regex ReadyLine();
}
