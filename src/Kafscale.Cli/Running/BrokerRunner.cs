using Kafscale.Broker.Configuration;
using Kafscale.Broker.Telemetry;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Running.Development;
using Kafscale.Cli.Running.Logs;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Runs a broker with its HTTP endpoints from start to graceful stop, and says so.</summary>
internal sealed partial class BrokerRunner(BrokerConfiguration configuration, Surroundings surroundings, StartBroker startBroker)
{
    private const string WayOutOfDamage =
        "Put back a copy of it; or, with the broker stopped, 'kafscale storage verify' tells what else is damaged, and 'kafscale storage rebuild' makes the metadata anew.";

    private readonly string _command = $"kafscale {configuration.Role.ToString().ToLowerInvariant()}";
    private readonly Readiness _readiness = new();

    /// <summary>Runs until <see cref="Surroundings.Stop"/> is cancelled or the broker fails.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync()
    {
        var logLevels = new LogLevels(configuration.LogLevel);
        using var loggerFactory = ConsoleLogging.Create(configuration, logLevels, surroundings.TimeProvider);
        using var exporter = new PrometheusExporter(configuration.MetricsEnabled ? PrometheusExporter.MeterPrefix : ProcessMetrics.MeterName);
        using var openTelemetry = new OpenTelemetryExport(configuration);
        using var processMetrics = new ProcessMetrics(surroundings.TimeProvider);
        try
        {
            await using var http = await AdminHttpServer.StartAsync(
                configuration.HttpListener, _readiness, exporter.WriteTo, logLevels, loggerFactory, surroundings.Stop);
            await using var broker = await StartWithinTimeoutAsync(loggerFactory);
            _readiness.Started(broker);
            await surroundings.Output.WriteLineAsync(ReadyLine(broker.Listener, http.Listener));
            await surroundings.Output.FlushAsync();
            await using var console = await OpenConsoleAsync(broker, http, loggerFactory);
            return await RunUntilStoppedAsync(broker, loggerFactory.CreateLogger<BrokerRunner>());
        }
        catch (OperationCanceledException) when (surroundings.Stop.IsCancellationRequested)
        {
            // Stopped before it was ready, which nobody waits for any more.
            return ExitCode.Success;
        }
        catch (StartFailedException e)
        {
            return await FailAsync($"{_command} could not start: {e.Message}");
        }
        catch (Exception e)
        {
            LogFailure(loggerFactory.CreateLogger<BrokerRunner>(), e);
            return await FailAsync($"{_command} failed: {e.Message} (--log-level debug shows where)");
        }
    }

    private async Task<IRunningBroker> StartWithinTimeoutAsync(ILoggerFactory loggerFactory)
    {
        var timeout = TimeSpan.FromSeconds(configuration.StartupTimeoutSec);
        using var timer = new CancellationTokenSource(timeout, surroundings.TimeProvider);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, surroundings.Stop);
        try
        {
            return await startBroker(configuration, _readiness.Waiting, loggerFactory, surroundings.TimeProvider, giveUp.Token);
        }
        catch (OperationCanceledException e) when (timer.IsCancellationRequested && !surroundings.Stop.IsCancellationRequested)
        {
            throw new StartFailedException(
                string.Join(' ', (string[])[$"the broker was not ready within {configuration.StartupTimeoutSec} s (startup.timeout.sec).", .. _readiness.NotReadyReasons.Skip(1)]), e);
        }
        catch (CorruptObjectException e)
        {
            throw new StartFailedException($"{e.Message} {WayOutOfDamage}", e);
        }
        catch (Exception e) when (e is not StartFailedException && OutsideFailures.Includes(e))
        {
            throw new StartFailedException(OutsideFailures.Describe(e), e);
        }
    }

    private async Task<int> RunUntilStoppedAsync(IRunningBroker broker, ILogger logger)
    {
        var stopRequested = surroundings.WaitForStopAsync();
        await Task.WhenAny(stopRequested, broker.Completion);
        if (!stopRequested.IsCompleted)
        {
            await broker.Completion;
            return await FailAsync($"{_command} ended by itself.");
        }

        _readiness.Stopping();
        LogStopping(logger);
        using var deadline = new CancellationTokenSource(
            TimeSpan.FromMilliseconds(configuration.GracefulStopTimeoutMs), surroundings.TimeProvider);
        await broker.StopAsync(deadline.Token);
        return deadline.IsCancellationRequested
            ? await FailAsync(
                $"{_command} did not stop gracefully within {configuration.GracefulStopTimeoutMs} ms (graceful.stop.timeout.ms); "
                + "what was not acknowledged by then is lost.")
            : ExitCode.Success;
    }

    // After the broker is ready, so that nobody waits for it.
    private async Task<DevConsole?> OpenConsoleAsync(IRunningBroker broker, AdminHttpServer http, ILoggerFactory loggerFactory)
    {
        if (configuration.Role != ServerRole.Dev)
        {
            return null;
        }

        var console = new DevConsole(broker.Listener, http.Listener, surroundings, loggerFactory);
        http.Pages = console.HandleAsync;
        await surroundings.Output.WriteLineAsync(console.Announcement);
        await surroundings.Output.FlushAsync();
        return console;
    }

    private string ReadyLine(ListenAddress kafka, ListenAddress http)
    {
        var records = configuration.ObjectStore.Kind == StoreKind.Memory
            ? "records in memory only, gone at exit"
            : $"data in {Location()}";
        return $"Kafscale is ready: Kafka on {kafka}, HTTP on http://{http}, {records}. Ctrl-C stops it.";
    }

    // Of kafscale dev, the folder that was given; both of its stores are in it.
    private string Location() => configuration.Role == ServerRole.Dev
        ? Path.GetDirectoryName(configuration.ObjectStore.Path)!
        : configuration.ObjectStore.ToString();

    [LoggerMessage(2111, LogLevel.Information, "Stopping: flushing what is buffered and answering what is in progress.")]
    private static partial void LogStopping(ILogger logger);

    [LoggerMessage(2112, LogLevel.Debug, "The failure in full.")]
    private static partial void LogFailure(ILogger logger, Exception exception);

    private async Task<int> FailAsync(string message)
    {
        await surroundings.Error.WriteLineAsync(message);
        return ExitCode.Failure;
    }
}
