using System.Diagnostics;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Testing;

/// <summary>
/// A real broker process on free loopback ports: <c>kafscale dev</c> with its data in a temporary folder, or
/// <c>kafscale broker</c> with its records in S3 and its metadata in such a folder.
/// It can be killed, paused and started again on the same ports and data; disposal always ends it.
/// </summary>
public sealed class BrokerProcess : IAsyncDisposable
{
    /// <summary>The argument with which a broker keeps everything in memory instead of in <see cref="DataDirectory"/>.</summary>
    public const string InMemoryArgument = "--in-memory";

    private const string ReadyLineStart = "Kafscale is ready:";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;
    private readonly Dictionary<string, string> _environment;
    private readonly string _executable;
    private readonly SmallDisk? _disk;
    private RunningProcess? _process;

    private BrokerProcess(
        Func<BrokerProcess, IEnumerable<string>> arguments,
        IReadOnlyDictionary<string, string>? environment,
        string? executable = null,
        SmallDisk? disk = null)
    {
        _executable = executable ?? Executable;
        Port = FreePort.Next();
        HttpPort = FreePort.Next();
        _disk = disk;
        DataDirectory = Path.Combine(disk?.Path ?? _folder.Path, "data");
        _arguments = [.. arguments(this), "--listen", BootstrapServers, "--http", $"127.0.0.1:{HttpPort}"];
        _environment = new Dictionary<string, string>(environment ?? new Dictionary<string, string>());
    }

    /// <summary>The built executable that is run, of the same build configuration as the running tests.</summary>
    public static string Executable { get; } = RepositoryRoot.File(
        "artifacts", "bin", "Kafscale.Cli", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "kafscale");

    /// <summary>The port of the Kafka listener on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>The port of the HTTP listener on 127.0.0.1.</summary>
    public int HttpPort { get; }

    /// <summary>What a Kafka client is given as <c>bootstrap.servers</c>.</summary>
    public string BootstrapServers => $"127.0.0.1:{Port}";

    /// <summary>The base address of health checks and metrics.</summary>
    public Uri HttpAddress => new($"http://127.0.0.1:{HttpPort}");

    /// <summary>The folder of everything that the broker keeps on this machine.</summary>
    public string DataDirectory { get; }

    /// <summary>How long the last start took, from the start of the process to its ready line.</summary>
    public TimeSpan StartDuration { get; private set; }

    /// <summary>The line that the last start ended with.</summary>
    public string ReadyLine { get; private set; } = "";

    /// <summary>Everything that the process of the last start has written.</summary>
    public string Output => Running.Output;

    /// <summary>The process id of the last start.</summary>
    public int ProcessId => Running.Id;

    private RunningProcess Running => _process ?? throw new InvalidOperationException("The broker has not been started.");

    /// <summary>Starts a broker and waits until it is ready.</summary>
    /// <param name="arguments">More arguments for <c>kafscale dev</c>.</param>
    /// <param name="environment">Variables to set; others whose names begin with <c>KAFSCALE_</c> are not passed on.</param>
    /// <param name="executable">Another build of the broker; null: <see cref="Executable"/>.</param>
    public static async Task<BrokerProcess> StartDevAsync(
        IEnumerable<string>? arguments = null, IReadOnlyDictionary<string, string>? environment = null, string? executable = null)
    {
        string[] given = [.. arguments ?? []];
        return await StartAsync(new BrokerProcess(
            broker => ["dev", .. given.Contains(InMemoryArgument) ? [] : (string[])["--data-dir", broker.DataDirectory], .. given], environment, executable));
    }

    /// <summary>Starts <c>kafscale dev</c> with its data on a disk of its own, and waits until it is ready.</summary>
    /// <param name="disk">The disk, which outlives the broker.</param>
    /// <param name="arguments">More arguments for <c>kafscale dev</c>.</param>
    public static Task<BrokerProcess> StartDevOnAsync(SmallDisk disk, params string[] arguments) =>
        StartAsync(new BrokerProcess(broker => ["dev", "--data-dir", broker.DataDirectory, .. arguments], environment: null, disk: disk));

    /// <summary>Starts a broker whose records are in a bucket, and waits until it is ready.</summary>
    /// <param name="bucket">The bucket, with an endpoint and credentials.</param>
    /// <param name="arguments">More arguments for <c>kafscale broker</c>.</param>
    /// <param name="environment">Variables to set; others whose names begin with <c>KAFSCALE_</c> are not passed on.</param>
    /// <param name="executable">Another build of the broker; null: <see cref="Executable"/>.</param>
    /// <remarks>Unlike those of <c>kafscale broker</c>, the defaults of flushes and groups are as short as those of <c>kafscale dev</c>.</remarks>
    public static async Task<BrokerProcess> StartOnS3Async(
        S3Options bucket, IEnumerable<string>? arguments = null, IReadOnlyDictionary<string, string>? environment = null, string? executable = null)
    {
        var variables = new Dictionary<string, string>
        {
            ["KAFSCALE_S3_BUCKET"] = bucket.Bucket,
            ["KAFSCALE_S3_ENDPOINT"] = bucket.Endpoint!.OriginalString,
            ["KAFSCALE_S3_ACCESS_KEY"] = bucket.Credentials!.AccessKey,
            ["KAFSCALE_S3_SECRET_KEY"] = bucket.Credentials.SecretKey,
            ["KAFSCALE_FLUSH_INTERVAL_MS"] = "10",
            ["KAFSCALE_GROUP_INITIAL_REBALANCE_DELAY_MS"] = "0",
            ["KAFSCALE_LOG_LEVEL"] = "warn",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            variables[name] = value;
        }

        string[] given = [.. arguments ?? []];
        return await StartAsync(new BrokerProcess(
            broker => ["broker", "--metadata", $"sqlite:{broker.DataDirectory}/metadata.db", .. given], variables, executable));
    }

    /// <summary>Starts a broker on the stores that its arguments name, and waits until it is ready.</summary>
    /// <param name="arguments">The arguments of <c>kafscale broker</c>, but for its addresses.</param>
    /// <param name="environment">Variables to set; others whose names begin with <c>KAFSCALE_</c> are not passed on.</param>
    public static Task<BrokerProcess> StartBrokerAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string[] given = [.. arguments];
        return StartAsync(new BrokerProcess(_ => ["broker", .. given], environment));
    }

    private static async Task<BrokerProcess> StartAsync(BrokerProcess broker)
    {
        try
        {
            await broker.StartAsync();
            return broker;
        }
        catch
        {
            await broker.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the process, again on the same ports and data, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        var started = Stopwatch.GetTimestamp();
        var (fileName, arguments) = _disk?.Command(_executable, _arguments) ?? (_executable, _arguments);
        _process = RunningProcess.Start(fileName, arguments, _environment, _folder.Path);
        using var deadline = new CancellationTokenSource(StartTimeout);
        try
        {
            while (await _process.ReadStandardOutputLineAsync(deadline.Token) is { } line)
            {
                if (line.StartsWith(ReadyLineStart, StringComparison.Ordinal))
                {
                    StartDuration = Stopwatch.GetElapsedTime(started);
                    ReadyLine = line;
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The broker was not ready within {StartTimeout}. Its output:\n{Output}");
        }

        var exitCode = await _process.WaitForExitAsync(StopTimeout);
        throw new InvalidOperationException($"The broker ended with {exitCode} before it was ready. Its output:\n{Output}");
    }

    /// <summary>Ends the process by SIGKILL: nothing is flushed, nobody is told.</summary>
    public async Task KillAsync()
    {
        Running.Send(Signal.Kill);
        await Running.WaitForExitAsync(StopTimeout);
    }

    /// <summary>Ends the process by SIGKILL, if it has not ended already.</summary>
    public Task KillIfRunningAsync() => Running.HasExited ? Task.CompletedTask : KillAsync();

    /// <summary>Stops the process gracefully by SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        Running.Send(Signal.Terminate);
        return await Running.WaitForExitAsync(StopTimeout);
    }

    /// <summary>Sends a signal to the process.</summary>
    public void Send(Signal signal) => Running.Send(signal);

    /// <summary>Waits for the process to end by itself.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> WaitForExitAsync(TimeSpan timeout) => Running.WaitForExitAsync(timeout);

    /// <summary>Kills the process where it still runs, and removes its data.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _folder.Dispose();
    }
}
