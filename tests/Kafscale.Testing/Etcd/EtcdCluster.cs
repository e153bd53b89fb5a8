using System.Globalization;
using System.Text.Json;

namespace Kafscale.Testing.Etcd;

/// <summary>Real etcd: one member or several on loopback, with their data in a temporary folder.</summary>
/// <remarks>A member that was killed can be started again, on the same ports and data.</remarks>
public sealed class EtcdCluster : IAsyncDisposable
{
    private const int StartAttempts = 3;
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly ProcessGuard _guard;

    private EtcdCluster(EtcdClusterOptions options)
    {
        Options = options;
        _guard = ProcessGuard.Start(_folder.Path);
        Certificates = options.UsesTls ? EtcdCertificates.Write(_folder.Path) : null;
        Members = [.. Enumerable.Range(1, options.Members).Select(number => new EtcdMember(this, $"m{number}"))];
    }

    /// <summary>How it was set up.</summary>
    public EtcdClusterOptions Options { get; }

    /// <summary>The members.</summary>
    public IReadOnlyList<EtcdMember> Members { get; }

    /// <summary>The files of certificates; null without TLS.</summary>
    public EtcdCertificates? Certificates { get; }

    /// <summary>The client addresses of all members.</summary>
    public IReadOnlyList<Uri> Endpoints => [.. Members.Select(member => member.Endpoint)];

    /// <summary>The largest size of the database in bytes, for members that are started from now on; 0: etcd's default.</summary>
    public long QuotaBytes { get; set; }

    internal string Folder => _folder.Path;

    internal string InitialCluster => string.Join(',', Members.Select(member => $"{member.Name}={member.PeerAddress}"));

    /// <summary>Starts one member.</summary>
    public static Task<EtcdCluster> StartAsync() => StartAsync(new EtcdClusterOptions());

    /// <summary>Starts all members and waits until they have a leader and answer.</summary>
    public static async Task<EtcdCluster> StartAsync(EtcdClusterOptions options)
    {
        for (var attempt = 1; ; attempt++)
        {
            var cluster = new EtcdCluster(options);
            try
            {
                await Task.WhenAll(cluster.Members.Select(member => member.StartAsync()));
                return cluster;
            }
            catch (Exception) when (attempt < StartAttempts)
            {
                // A port was taken between its choice and its use; the next attempt has others.
                await cluster.DisposeAsync();
            }
            catch (Exception exception)
            {
                var output = string.Join('\n', cluster.Members.Select(member => member.Output));
                await cluster.DisposeAsync();
                throw new InvalidOperationException(
                    $"etcd did not start (packages etcd-server and etcd-client): {exception.Message}\n{output}", exception);
            }
        }
    }

    /// <summary>The member that leads.</summary>
    public async Task<EtcdMember> FindLeaderAsync()
    {
        foreach (var member in Members.Where(member => member.IsRunning))
        {
            using var status = await member.StatusAsync();
            var header = status.RootElement[0].GetProperty("Status");
            if (header.GetProperty("leader").GetUInt64() == header.GetProperty("header").GetProperty("member_id").GetUInt64())
            {
                return member;
            }
        }

        throw new InvalidOperationException("No running member leads.");
    }

    /// <summary>Forgets what was before a revision.</summary>
    public Task CompactAsync(long revision) => RunEtcdctlAsync("compact", revision.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the alarm that a full database raised, once there is space.</summary>
    public Task DisarmAlarmsAsync() => RunEtcdctlAsync("alarm", "disarm");

    /// <summary>Runs etcdctl against all members.</summary>
    /// <returns>Everything that it wrote.</returns>
    public Task<string> RunEtcdctlAsync(params string[] arguments) => RunEtcdctlAsync(Members, arguments);

    /// <summary>Ends all members and removes their data.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in Members)
        {
            await member.DisposeAsync();
        }

        await _guard.DisposeAsync();
        _folder.Dispose();
    }

    internal async Task<string> RunEtcdctlAsync(IEnumerable<EtcdMember> members, params string[] arguments)
    {
        var endpoints = string.Join(',', members.Select(member => member.Endpoint.OriginalString));
        string[] tls = Certificates is null
            ? []
            : ["--cacert", Certificates.CaFile, "--cert", Certificates.ClientCertificateFile, "--key", Certificates.ClientKeyFile];
        var (exitCode, output) = await RunningProcess.RunAsync(
            "etcdctl", ["--endpoints", endpoints, .. tls, .. arguments], ToolTimeout, new Dictionary<string, string> { ["ETCDCTL_API"] = "3" });
        return exitCode == 0
            ? output
            : throw new InvalidOperationException($"etcdctl {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }

    internal RunningProcess StartProcess(params string[] arguments)
    {
        // It starts etcd, and looks on from a process of its own.
        string[] command = Options.DiskDelay == TimeSpan.Zero
            ? ["etcd"]
            :
            [
                "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync",
                "-e", string.Create(CultureInfo.InvariantCulture, $"inject=fdatasync:delay_exit={Options.DiskDelay.TotalMicroseconds:F0}"), "etcd",
            ];
        var process = RunningProcess.Start(command[0], [.. command[1..], .. arguments]);
        _guard.Watch(process.Id);
        return process;
    }
}
