using System.Globalization;
using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Testing.Rados;

/// <summary>
/// A real S3 server: Ceph's RADOS Gateway with its own monitor and storage daemon, on loopback and in a temporary folder.
/// </summary>
/// <remarks>
/// With two zones, what is put into a bucket of one appears in the other a little later, as between two regions.
/// The data is in the memory of the storage daemon: a gateway can be killed and started again, and nothing is lost.
/// </remarks>
public sealed class RadosGateway : IAsyncDisposable
{
    /// <summary>What requests are signed for.</summary>
    public const string Region = S3Options.DefaultRegion;

    private const int StartAttempts = 3;
    private static readonly TimeSpan ToolTimeout = TimeSpan.FromSeconds(120);

    private readonly TemporaryFolder _folder = new();
    private readonly ProcessGuard _guard;
    private readonly List<RunningProcess> _daemons = [];
    private readonly int _monitorPort = FreePort.Next();
    private readonly Guid _clusterId = Guid.NewGuid();
    private int _buckets;

    private RadosGateway(int zones)
    {
        _guard = ProcessGuard.Start(_folder.Path);
        Credentials = NewCredentials();
        Zones = [.. Enumerable.Range(0, zones).Select(zone => new RadosGatewayZone(this, $"z{(char)('a' + zone)}", isReplicated: zones > 1))];
    }

    /// <summary>Those of the one user, which may do everything.</summary>
    public S3Credentials Credentials { get; }

    /// <summary>The gateways: one for each zone, the first of which is the master.</summary>
    public IReadOnlyList<RadosGatewayZone> Zones { get; }

    /// <summary>The address of the first zone's gateway.</summary>
    public Uri Endpoint => Zones[0].Endpoint;

    internal string ConfigurationFile => _folder.File("ceph.conf");

    /// <summary>Starts everything and waits until it answers.</summary>
    /// <param name="zones">1 or 2.</param>
    public static async Task<RadosGateway> StartAsync(int zones = 1)
    {
        for (var attempt = 1; ; attempt++)
        {
            var gateway = new RadosGateway(zones);
            try
            {
                await gateway.StartDaemonsAsync();
                return gateway;
            }
            catch (Exception) when (attempt < StartAttempts)
            {
                // A port was taken between its choice and its use; the next attempt has others.
                await gateway.DisposeAsync();
            }
            catch (Exception exception)
            {
                var output = gateway.Output;
                await gateway.DisposeAsync();
                throw new InvalidOperationException(
                    $"The RADOS Gateway did not start (packages ceph-mon, ceph-osd and radosgw): {exception.Message}\n{output}", exception);
            }
        }
    }

    /// <summary>How to reach a new, empty bucket of the first zone.</summary>
    public async Task<S3Options> CreateBucketAsync()
    {
        var options = OptionsOf(string.Create(CultureInfo.InvariantCulture, $"bucket-{Interlocked.Increment(ref _buckets)}"));
        using var client = CreateClient();
        await client.PutBucketAsync(options.Bucket);
        return options;
    }

    /// <summary>Creates one more user, who has nothing and may do nothing with what others have.</summary>
    public async Task<S3Credentials> CreateUserAsync()
    {
        var credentials = NewCredentials();
        await AdministerAsync(["user", "create", .. UserArguments($"user-{Guid.NewGuid():n}", credentials)]);
        return credentials;
    }

    /// <summary>How to reach a bucket, which need not exist, by the gateway of a zone.</summary>
    public S3Options OptionsOf(string bucket, int zone = 0) => new()
    {
        Bucket = bucket,
        Endpoint = Zones[zone].Endpoint,
        PathStyle = true,
        Credentials = Credentials,
    };

    /// <summary>A client of the SDK, for what the store does not offer.</summary>
    public AmazonS3Client CreateClient(int zone = 0) => new(
        Credentials.AccessKey,
        Credentials.SecretKey,
        new AmazonS3Config
        {
            ServiceURL = Zones[zone].Endpoint.AbsoluteUri,
            ForcePathStyle = true,
            AuthenticationRegion = Region,
            MaxErrorRetry = 0,
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
        });

    /// <summary>Ends all processes and removes the data.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var zone in Zones)
        {
            await zone.DisposeAsync();
        }

        foreach (var daemon in Enumerable.Reverse(_daemons))
        {
            await daemon.DisposeAsync();
        }

        await _guard.DisposeAsync();
        _folder.Dispose();
    }

    internal RunningProcess StartDaemon(string name, params string[] arguments)
    {
        var daemon = RunningProcess.Start(name, ["-c", ConfigurationFile, "-f", .. arguments]);
        _guard.Watch(daemon.Id);
        return daemon;
    }

    private string Output => string.Join('\n', _daemons.Select(daemon => daemon.Output).Concat(Zones.Select(zone => zone.Output)));

    private async Task StartDaemonsAsync()
    {
        var storageDaemonId = Guid.NewGuid();
        foreach (var folder in (string[])["run", "log", "mon", "osd"])
        {
            Directory.CreateDirectory(_folder.File(folder));
        }

        await File.WriteAllTextAsync(ConfigurationFile, CephConfiguration.Write(_folder.Path, _clusterId, _monitorPort));
        var monitorMap = _folder.File("monmap");
        await RunAsync("monmaptool", "--create", "--fsid", $"{_clusterId}", "--addv", "a", $"[v2:127.0.0.1:{_monitorPort}/0]", monitorMap);
        await RunAsync("ceph-mon", "-c", ConfigurationFile, "--mkfs", "-i", "a", "--monmap", monitorMap);
        _daemons.Add(StartDaemon("ceph-mon", "-i", "a"));
        await RunAsync("ceph", "-c", ConfigurationFile, "--connect-timeout", "60", "osd", "new", $"{storageDaemonId}", "0");
        await RunAsync(
            "ceph-osd", "-c", ConfigurationFile, "--mkfs", "-i", "0", "--osd-uuid", $"{storageDaemonId}", "--monmap", monitorMap, "--no-mon-config");
        _daemons.Add(StartDaemon("ceph-osd", "-i", "0"));
        if (Zones.Count == 1)
        {
            await AdministerAsync(["user", "create", .. UserArguments("test", Credentials)]);
        }
        else
        {
            await CreateZonesAsync();
        }

        await Task.WhenAll(Zones.Select(zone => zone.StartAsync()));
        if (_daemons.Find(daemon => daemon.HasExited) is not null)
        {
            throw new InvalidOperationException("A daemon has ended.");
        }
    }

    private async Task CreateZonesAsync()
    {
        string[] keys = ["--access-key", Credentials.AccessKey, "--secret", Credentials.SecretKey];
        string[] group = ["--rgw-realm=r", "--rgw-zonegroup=zg"];
        var master = Zones[0];
        await AdministerAsync("realm", "create", "--rgw-realm=r", "--default");
        await AdministerAsync(["zonegroup", "create", .. group, $"--endpoints={master.Endpoint.OriginalString}", "--master", "--default"]);
        foreach (var zone in Zones)
        {
            string[] role = zone == master ? ["--master", "--default"] : [];
            await AdministerAsync(["zone", "create", .. group, $"--rgw-zone={zone.Name}", $"--endpoints={zone.Endpoint.OriginalString}", .. role, .. keys]);
        }

        await AdministerAsync(["user", "create", "--rgw-realm=r", $"--rgw-zone={master.Name}", "--system", .. UserArguments("test", Credentials)]);
        await AdministerAsync(["period", "update", .. group, $"--rgw-zone={master.Name}", "--commit"]);
    }

    private static S3Credentials NewCredentials() => new($"access{Guid.NewGuid():n}", $"secret{Guid.NewGuid():n}");

    private static string[] UserArguments(string name, S3Credentials credentials) =>
    [
        $"--uid={name}", $"--display-name={name}", "--max-buckets=0", "--access-key", credentials.AccessKey, "--secret-key", credentials.SecretKey,
    ];

    private Task AdministerAsync(params string[] arguments) => RunAsync("radosgw-admin", ["-c", ConfigurationFile, .. arguments]);

    private static async Task RunAsync(string tool, params string[] arguments)
    {
        var (exitCode, output) = await RunningProcess.RunAsync(tool, arguments, ToolTimeout);
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"{tool} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        }
    }
}
