using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kafscale.Cli.Running.Development;

/// <summary>An etcd of one member that lives as long as this process, with its data in a folder.</summary>
internal sealed class EtcdProcess : IAsyncDisposable
{
    // Ends etcd where the pipe ends, and itself where etcd does. The pipe is kept as 3, because
    // what runs in the background has no input; the shell's own remarks on signals are nobody's concern.
    private const string Guard = """
        exec 3<&0
        "$@" </dev/null 3<&- &
        etcd=$!
        (cat <&3; kill -TERM $etcd) >/dev/null 2>&1 &
        watcher=$!
        exec 3<&- 2>/dev/null
        wait $etcd
        code=$?
        kill $watcher
        exit $code
        """;

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly ChildProcess _process;
    private readonly TimeProvider _timeProvider;

    private EtcdProcess(ChildProcess process, Uri endpoint, TimeProvider timeProvider)
    {
        _process = process;
        _timeProvider = timeProvider;
        Endpoint = endpoint;
    }

    /// <summary>Where clients connect.</summary>
    public Uri Endpoint { get; }

    /// <summary>The exit code, once it has ended.</summary>
    public Task<int> Exited => _process.Exited;

    /// <summary>Starts it and waits until it answers.</summary>
    /// <param name="folder">Where it keeps its data.</param>
    /// <param name="searchPath">The folders where executables are, as in the variable <c>PATH</c>.</param>
    /// <param name="onError">Takes each line that it writes.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartFailedException">There is no etcd, or it ended.</exception>
    public static async Task<EtcdProcess> StartAsync(
        string folder, string searchPath, Action<string> onError, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var executable = Find("etcd", searchPath) ?? throw new StartFailedException(
            "several brokers need etcd, which is not on the PATH. Install it: 'apt-get install etcd-server', 'brew install etcd', or https://etcd.io/docs/latest/install/.");
        var client = FreeAddress();
        var peer = FreeAddress();
        string[] command =
        [
            executable, "--name", "dev", "--data-dir", folder, "--logger", "zap", "--log-outputs", "stderr", "--log-level", "error",
            "--listen-client-urls", client, "--advertise-client-urls", client,
            "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", $"dev={peer}",
        ];

        // In a session of its own, because Ctrl-C goes to all of a terminal's foreground processes, and etcd has to outlive the brokers.
        var session = Find("setsid", searchPath);
        string[] guarded = ["-c", Guard, "etcd-guard", .. command];
        var process = session is null
            ? ChildProcess.Start("/bin/sh", guarded, new Dictionary<string, string>(), onError, onError)
            : ChildProcess.Start(session, ["/bin/sh", .. guarded], new Dictionary<string, string>(), onError, onError);
        var etcd = new EtcdProcess(process, new Uri(client), timeProvider);
        try
        {
            await etcd.UntilHealthyAsync(cancellationToken);
            return etcd;
        }
        catch
        {
            await etcd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops it: everything that it confirmed is on the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.ClosePipe();
        try
        {
            await Exited.WaitAsync(StopTimeout, _timeProvider);
        }
        catch (TimeoutException)
        {
            // Disposal kills it: what it confirmed is on the disk already.
        }

        await _process.DisposeAsync();
    }

    private static string? Find(string name, string searchPath) =>
        searchPath.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);

    private static string FreeAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
    }

    private async Task UntilHealthyAsync(CancellationToken cancellationToken)
    {
        using var client = new HttpClient { Timeout = RequestTimeout };
        while (!await IsHealthyAsync(client, cancellationToken))
        {
            if (Exited.IsCompleted)
            {
                throw new StartFailedException($"etcd ended with {await Exited}; what it said is above.");
            }

            await Task.Delay(PollInterval, _timeProvider, cancellationToken);
        }
    }

    private async Task<bool> IsHealthyAsync(HttpClient client, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(new Uri(Endpoint, "/health"), cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (
            exception is HttpRequestException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }
}
