using System.Globalization;
using System.Text.Json;

namespace Kafscale.Testing.Etcd;

/// <summary>One member of an <see cref="EtcdCluster"/>: a process.</summary>
public sealed class EtcdMember : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private readonly EtcdCluster _cluster;
    private readonly string _healthAddress = $"http://127.0.0.1:{FreePort.Next()}";
    private RunningProcess? _process;

    internal EtcdMember(EtcdCluster cluster, string name)
    {
        _cluster = cluster;
        Name = name;
        Endpoint = new Uri($"{(cluster.Options.UsesTls ? "https" : "http")}://127.0.0.1:{FreePort.Next()}");
        PeerAddress = $"http://127.0.0.1:{FreePort.Next()}";
    }

    /// <summary>The member's name.</summary>
    public string Name { get; }

    /// <summary>Where clients connect, before and after a restart.</summary>
    public Uri Endpoint { get; }

    /// <summary>Whether the process has been started and has not ended.</summary>
    public bool IsRunning => _process is { HasExited: false };

    internal string PeerAddress { get; }

    internal string Output => _process?.Output ?? "";

    private string DataFolder => Path.Combine(_cluster.Folder, Name);

    private RunningProcess Running => _process ?? throw new InvalidOperationException("The member has not been started.");

    /// <summary>Starts the process, or starts it again on the same ports and data, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        await StartProcessAsync();
        await WaitUntilHealthyAsync();
    }

    /// <summary>Starts the process, and does not wait for it: where most members are down, it cannot answer.</summary>
    public async Task StartProcessAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        var options = _cluster.Options;
        var client = Endpoint.OriginalString;
        string[] durability = options.IsDurable ? [] : ["--unsafe-no-fsync"];
        string[] tls = _cluster.Certificates is { } certificates
            ?
            [
                "--client-cert-auth", "--trusted-ca-file", certificates.CaFile,
                "--cert-file", certificates.ServerCertificateFile, "--key-file", certificates.ServerKeyFile,
            ]
            : [];
        _process = _cluster.StartProcess(
        [
            "--name", Name, "--data-dir", DataFolder, "--logger", "zap", "--log-outputs", "stderr", "--log-level", "warn",
            "--listen-client-urls", client, "--advertise-client-urls", client, "--listen-metrics-urls", _healthAddress,
            "--listen-peer-urls", PeerAddress, "--initial-advertise-peer-urls", PeerAddress, "--initial-cluster", _cluster.InitialCluster,
            "--auth-token-ttl", Invariant(options.AuthTokenTtlSec), "--quota-backend-bytes", Invariant(_cluster.QuotaBytes),
            "--heartbeat-interval", Invariant(options.ElectionTimeoutMs / 10), "--election-timeout", Invariant(options.ElectionTimeoutMs),
            .. durability, .. tls,
        ]);
    }

    /// <summary>Waits until the member has a leader and answers.</summary>
    public Task WaitUntilHealthyAsync() => Eventually.HoldsAsync(IsHealthyAsync, StartTimeout);

    /// <summary>Ends the process by SIGKILL. The data stays.</summary>
    public async Task KillAsync()
    {
        Running.Send(Signal.Kill);
        await Running.WaitForExitAsync(ExitTimeout);
    }

    /// <summary>Writes all that there is into a file.</summary>
    public Task SaveSnapshotAsync(string file) => _cluster.RunEtcdctlAsync([this], "snapshot", "save", file);

    /// <summary>Ends the process, and starts it on what a snapshot holds instead of its data, or on nothing.</summary>
    /// <param name="file">A snapshot; null: nothing.</param>
    public async Task StartAnewAsync(string? file)
    {
        await KillAsync();
        Directory.Delete(DataFolder, recursive: true);
        if (file is not null)
        {
            await _cluster.RunEtcdctlAsync(
                [this],
                "snapshot", "restore", file, "--data-dir", DataFolder, "--name", Name,
                "--initial-cluster", _cluster.InitialCluster, "--initial-advertise-peer-urls", PeerAddress);
        }

        await StartAsync();
    }

    /// <summary>Makes the member hang: its connections stay, and nothing answers.</summary>
    public void Pause() => Running.Send(Signal.Stop);

    /// <summary>Ends a pause.</summary>
    public void Continue() => Running.Send(Signal.Continue);

    /// <summary>Gives back the space of what was compacted.</summary>
    public Task DefragmentAsync() => _cluster.RunEtcdctlAsync([this], "defrag");

    /// <summary>The size of the database file in bytes.</summary>
    public async Task<long> DatabaseBytesAsync()
    {
        using var status = await StatusAsync();
        return status.RootElement[0].GetProperty("Status").GetProperty("dbSize").GetInt64();
    }

    /// <summary>What of the database file is in use, in bytes; the rest is free for what is written next.</summary>
    public async Task<long> DatabaseBytesInUseAsync()
    {
        using var status = await StatusAsync();
        return status.RootElement[0].GetProperty("Status").GetProperty("dbSizeInUse").GetInt64();
    }

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    internal async Task<JsonDocument> StatusAsync() =>
        JsonDocument.Parse(await _cluster.RunEtcdctlAsync([this], "endpoint", "status", "-w", "json"));

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);

    private async Task<bool> IsHealthyAsync()
    {
        if (Running.HasExited)
        {
            throw new InvalidOperationException($"The member ended with {await Running.WaitForExitAsync(ExitTimeout)} while it started.");
        }

        try
        {
            // A full database is for a test to see, and not for the start.
            using var response = await Http.GetAsync(new Uri($"{_healthAddress}/health?exclude=NOSPACE"));
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
