using System.Net;
using Amazon.Runtime;

namespace Kafscale.Testing.Rados;

/// <summary>The gateway of one zone: the process that speaks S3.</summary>
public sealed class RadosGatewayZone : IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan ExitTimeout = TimeSpan.FromSeconds(30);

    private readonly RadosGateway _cluster;
    private readonly bool _isReplicated;
    private readonly int _port = FreePort.Next();
    private RunningProcess? _process;

    internal RadosGatewayZone(RadosGateway cluster, string name, bool isReplicated)
    {
        _cluster = cluster;
        Name = name;
        _isReplicated = isReplicated;
        // Without a slash at the end, as the gateway wants its own address.
        Endpoint = new Uri($"http://127.0.0.1:{_port}");
    }

    /// <summary>The zone's name.</summary>
    public string Name { get; }

    /// <summary>Where the gateway listens, before and after a restart.</summary>
    public Uri Endpoint { get; }

    internal string Output => _process?.Output ?? "";

    private RunningProcess Running => _process ?? throw new InvalidOperationException("The gateway has not been started.");

    /// <summary>Starts the gateway, or starts it again on the same port and data, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        string[] zone = _isReplicated ? ["--rgw-realm=r", "--rgw-zonegroup=zg", $"--rgw-zone={Name}", "--rgw_run_sync_thread=true"] : [];
        _process = _cluster.StartDaemon(
            "radosgw", ["-n", $"client.{Name}", .. zone, $"--rgw_frontends=beast endpoint=127.0.0.1:{_port} tcp_nodelay=1"]);
        await Eventually.HoldsAsync(AnswersAsync, StartTimeout);
    }

    /// <summary>Ends the gateway by SIGKILL. The data stays.</summary>
    public async Task KillAsync()
    {
        Running.Send(Signal.Kill);
        await Running.WaitForExitAsync(ExitTimeout);
    }

    /// <summary>Sends a signal: <see cref="Signal.Stop"/> makes the gateway hang, <see cref="Signal.Continue"/> ends that.</summary>
    public void Send(Signal signal) => Running.Send(signal);

    /// <summary>Ends the process.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
    }

    // Signed, so that nobody else's gateway is taken for this one.
    private async Task<bool> AnswersAsync()
    {
        if (Running.HasExited)
        {
            throw new InvalidOperationException($"The gateway ended with {await Running.WaitForExitAsync(ExitTimeout)} while it started.");
        }

        using var client = _cluster.CreateClient(_cluster.Zones.Index().First(zone => zone.Item == this).Index);
        try
        {
            await client.ListBucketsAsync();
            return true;
        }
        catch (AmazonServiceException exception) when (exception.StatusCode == HttpStatusCode.Forbidden && !_isReplicated)
        {
            throw new InvalidOperationException("Another gateway listens on the port.", exception);
        }
        catch (Exception exception) when (exception is AmazonServiceException or HttpRequestException or IOException)
        {
            return false;
        }
    }
}
