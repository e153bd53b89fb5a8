using System.Net.Sockets;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running.Logs;
using Kafscale.Clients;
using Kafscale.Console;
using Kafscale.Console.Security;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Development;

/// <summary>
/// Runs several brokers as processes of their own, on an etcd and a folder that they share, so that a fail-over can be watched
/// on one machine.
/// </summary>
/// <param name="count">How many.</param>
/// <param name="configuration">Of the command as a whole.</param>
/// <param name="given">The settings that the user gave, by <see cref="Setting.Key"/>.</param>
/// <param name="surroundings">What the command finds around it.</param>
internal sealed class DevCluster(
    int count, BrokerConfiguration configuration, IReadOnlyDictionary<string, string> given, Surroundings surroundings)
{
    private const string Command = "kafscale dev";

    // On top of what a broker gives itself, for the end of its process.
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(5);

    // Beside what kafscale dev keeps there with one broker: that is another cluster.
    private readonly string _folder = Path.Combine(Path.GetFullPath(Path.GetDirectoryName(configuration.ObjectStore.Path)!), "cluster");

    /// <summary>Runs until <see cref="Surroundings.Stop"/> is cancelled or something fails.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        try
        {
            using var folderLock = StoreLock.Take(_folder);
            using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(configuration.StartupTimeoutSec), surroundings.TimeProvider);
            using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, surroundings.Stop);
            Directory.CreateDirectory(_folder);
            await using var etcd = await EtcdProcess.StartAsync(
                Path.Combine(_folder, "etcd"),
                surroundings.Variables.GetValueOrDefault("PATH", ""),
                line => surroundings.Error.WriteLine("[etcd] " + line),
                surroundings.TimeProvider,
                giveUp.Token);
            await RunBrokersAsync(etcd);
            return ExitCode.Success;
        }
        catch (OperationCanceledException) when (surroundings.Stop.IsCancellationRequested)
        {
            // Stopped before it was ready, which nobody waits for any more.
            return ExitCode.Success;
        }
        catch (OperationCanceledException)
        {
            return Fail($"could not start: etcd did not answer within {configuration.StartupTimeoutSec} s (startup.timeout.sec).");
        }
        catch (StartFailedException e)
        {
            return Fail($"could not start: {e.Message}");
        }
        catch (Exception e)
        {
            return Fail($"failed: {e.Message}");
        }
    }

    private static ListenAddress Shift(ListenAddress address, int by) => address.Port == 0 ? address : address with { Port = address.Port + by };

    private async Task RunBrokersAsync(EtcdProcess etcd)
    {
        var settings = new DevBrokerSettings(given, etcd.Endpoint, Path.Combine(_folder, "objects"));
        var firstId = given.ContainsKey("broker.id") ? configuration.BrokerId : 1;
        var stopTimeout = TimeSpan.FromMilliseconds(configuration.GracefulStopTimeoutMs) + ExitTime;
        var brokers = Enumerable.Range(0, count)
            .Select(index => new DevBroker(
                firstId + index, index, Shift(configuration.Listener, index), Shift(configuration.HttpListener, index), settings, stopTimeout, surroundings))
            .ToList();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(surroundings.Stop);
        var running = brokers.Select(broker => broker.RunAsync(stop.Token)).ToList();
        var ended = Task.WhenAny([.. running, etcd.Exited]);
        var ready = Task.WhenAll(brokers.Select(broker => broker.FirstReady));
        using var loggerFactory = ConsoleLogging.Create(configuration, new LogLevels(configuration.LogLevel), surroundings.TimeProvider);
        ConsoleServer? console = null;
        if (await Task.WhenAny(ready, ended) == ready)
        {
            surroundings.Output.WriteLine(ReadyLine(brokers));
            console = await OpenConsoleAsync(brokers, loggerFactory);
        }

        await ended;
        if (console is not null)
        {
            await console.DisposeAsync();
        }

        var hasLostEtcd = etcd.Exited.IsCompleted && !stop.IsCancellationRequested;
        await stop.CancelAsync();
        await Task.WhenAll(running);
        if (hasLostEtcd)
        {
            throw new StartFailedException($"etcd ended with {await etcd.Exited}.");
        }
    }

    // At the port behind those of the brokers. A cluster is of use without it, too.
    private async Task<ConsoleServer?> OpenConsoleAsync(List<DevBroker> brokers, ILoggerFactory loggerFactory)
    {
        var http = Shift(configuration.HttpListener, count);
        var links = new SignInLinks();
        try
        {
            var options = new ConsoleOptions
            {
                Cluster = ClientSettings.Combine(
                    [[KeyValuePair.Create(ClientProperties.BootstrapServers, string.Join(',', brokers.Select(broker => DevConsole.Reachable(broker.Kafka))))]]),
                BrokerHttpAddresses = [.. brokers.Select(broker => $"http://{DevConsole.Reachable(broker.Http)}")],
            };
            var console = await ConsoleServer.ListenAsync(
                await http.ResolveAsync(surroundings.Stop), ConsoleSettings.WithAccess(options, surroundings.Variables), links, loggerFactory, surroundings.TimeProvider, surroundings.Stop);
            surroundings.Output.WriteLine(DevConsole.Announce(http with { Port = console.Address!.Port }, links, surroundings));
            return console;
        }
        catch (Exception e) when (e is IOException or SocketException or CommandFailedException or OperationCanceledException)
        {
            surroundings.Error.WriteLine($"There is no console: {e.Message}");
            return null;
        }
    }

    private string ReadyLine(List<DevBroker> brokers) =>
        $"Kafscale is ready: Kafka on {string.Join(',', brokers.Select(broker => broker.Kafka))}, "
        + $"HTTP on {string.Join(',', brokers.Select(broker => $"http://{broker.Http}"))}, data in {_folder}, "
        + $"pids {string.Join(' ', brokers.Select(broker => broker.ProcessId))}. To watch a fail-over: kill -9 PID. Ctrl-C stops all.";

    private int Fail(string message)
    {
        surroundings.Error.WriteLine($"{Command} {message}");
        return ExitCode.Failure;
    }
}
