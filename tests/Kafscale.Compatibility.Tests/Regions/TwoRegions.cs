using System.Globalization;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata.Memory;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Regions;

/// <summary>
/// A region "near" with the primary bucket and a broker that leads, and a region "far" with a replica, which a real S3 server copies by itself,
/// and a broker that only reads.
/// </summary>
public sealed class TwoRegions : IAsyncLifetime
{
    public const string Far = "far";
    public const int ReaderId = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly MemoryMetadataStore _metadata = new(TimeProvider.System);
    private readonly PrometheusExporter _metrics = new();
    private RadosGateway? _gateway;
    private string _bucket = "";
    private RegionBroker? _leader;
    private RegionBroker? _reader;
    private S3ObjectStore? _primary;
    private S3ObjectStore? _replica;

    /// <summary>The gateway of the far region.</summary>
    public RadosGatewayZone FarZone => _gateway!.Zones[1];

    public string LeaderAddress => _leader!.Address;

    public string ReaderAddress => _reader!.Address;

    /// <summary>Requests of the reading broker to the primary that failed.</summary>
    public int PrimaryFailures => _reader!.PrimaryFailures.Count;

    public async ValueTask InitializeAsync()
    {
        _gateway = await RadosGateway.StartAsync(zones: 2);
        var primary = await _gateway.CreateBucketAsync();
        _bucket = primary.Bucket;
        var replica = _gateway.OptionsOf(_bucket, zone: 1);
        _primary = new S3ObjectStore(primary, TimeProvider.System);
        _replica = new S3ObjectStore(replica, TimeProvider.System);
        await Eventually.HoldsAsync(HasBucketAsync, Patience);
        _leader = await RegionBroker.StartAsync(1, "near", "read,lead", _metadata, primary, replica: null);
        _reader = await RegionBroker.StartAsync(ReaderId, Far, "read", _metadata, primary, replica);
    }

    /// <summary>One more reading broker, which the replica refuses.</summary>
    internal Task<RegionBroker> StartReaderWithWrongCredentialsAsync(int id, string rack)
    {
        var primary = _gateway!.OptionsOf(_bucket);
        var replica = _gateway.OptionsOf(_bucket, zone: 1) with { Credentials = new S3Credentials(_gateway.Credentials.AccessKey, "wrong") };
        return RegionBroker.StartAsync(id, rack, "read", _metadata, primary, replica);
    }

    /// <summary>Waits until so many bytes of a topic are in segments.</summary>
    public Task UntilMergedAsync(string topic, long bytes) => Eventually.HoldsAsync(
        async () => await _primary!.ListAsync("", null, CancellationToken.None)
            .Where(found => ObjectKeys.IsSegment(found.Key) && found.Key.Contains($"/{topic}/", StringComparison.Ordinal))
            .Select(found => found.Length)
            .SumAsync() >= bytes,
        Patience);

    /// <summary>Waits until the replica has every object that the primary has.</summary>
    public Task UntilReplicatedAsync() => Eventually.HoldsAsync(
        async () => (await KeysAsync(_primary!)).IsSubsetOf(await KeysAsync(_replica!)), Patience);

    /// <summary>The sum of a metric over all its series whose labels contain a text.</summary>
    public double Metric(string name, string label = "") =>
        Series(name).Where(line => line.Contains(label, StringComparison.Ordinal))
            .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    /// <summary>All series of a metric, each with its value.</summary>
    public IEnumerable<string> Series(string name)
    {
        using var text = new StringWriter();
        _metrics.WriteTo(text);
        return text.ToString().Split('\n').Where(line => line.StartsWith(name, StringComparison.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var disposable in (IAsyncDisposable?[])[_reader, _leader, _metadata, _gateway])
        {
            if (disposable is not null)
            {
                await disposable.DisposeAsync();
            }
        }

        _primary?.Dispose();
        _replica?.Dispose();
        _metrics.Dispose();
    }

    private static async Task<HashSet<string>> KeysAsync(S3ObjectStore store)
    {
        var keys = new HashSet<string>();
        await foreach (var found in store.ListAsync("", null, CancellationToken.None))
        {
            keys.Add(found.Key);
        }

        return keys;
    }

    private async Task<bool> HasBucketAsync()
    {
        try
        {
            await KeysAsync(_replica!);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
