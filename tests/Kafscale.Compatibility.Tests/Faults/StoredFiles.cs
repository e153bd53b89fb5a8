using Confluent.Kafka;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>The data of a broker that has files of every kind, and what producers were told of the records in them.</summary>
public sealed class StoredFiles : IAsyncLifetime
{
    /// <summary>A topic whose records are mostly merged.</summary>
    public const string Merged = "merged";

    /// <summary>A topic whose records are in WAL objects alone.</summary>
    public const string Tail = "tail";

    // More commits than make a checkpoint.
    private const int MergedRecords = 300;
    private const int TailRecords = 20;
    private const int MergedRecordBytes = 1000;

    // The lower byte of the version in the headers of all formats.
    private const int VersionPosition = 5;

    private readonly TemporaryFolder _copy = new();
    private BrokerProcess? _broker;

    /// <summary>The broker, which is stopped where <see cref="RestoreAsync"/> has ended.</summary>
    public BrokerProcess Broker => _broker ?? throw new InvalidOperationException("The fixture is not initialized.");

    /// <summary>The values that were acknowledged, of each topic's only partition by their offsets.</summary>
    public Dictionary<string, Dictionary<long, string>> Acknowledged { get; } = [];

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _broker = await BrokerProcess.StartDevAsync(
            ["--segment-bytes", "64KiB", "--segment-ms", "86400000", "--log-retention-check-interval-ms", "200", "--log-segment-delete-delay-ms", "86400000"]);
        using var producer = ConfluentClient.Producer(new ProducerConfig { BootstrapServers = _broker.BootstrapServers, LingerMs = 0 });
        await ProduceAsync(producer, Merged, MergedRecords, MergedRecordBytes);
        await ProduceAsync(producer, Tail, TailRecords, 1);
        await Eventually.HoldsAsync(
            () => Find("*.kfs").Length > 2 && Find("*", "checkpoint").Length > 0 && Find("*", "snapshot").Length > 0, TimeSpan.FromSeconds(60), "There are files of every kind.");
        Assert.Equal(0, await _broker.StopAsync());
        Copy(_broker.DataDirectory, _copy.Path);
    }

    /// <summary>Stops the broker and puts its files back as they were.</summary>
    public async Task RestoreAsync()
    {
        await Broker.KillIfRunningAsync();
        Directory.Delete(Broker.DataDirectory, recursive: true);
        Copy(_copy.Path, Broker.DataDirectory);
    }

    /// <summary>Does something to the files of a kind.</summary>
    public void Damage(StoredFileKind kind, FileDamage damage)
    {
        var paths = kind switch
        {
            StoredFileKind.Segment => Find("*.kfs", Merged)[1..2],
            StoredFileKind.Index => Find("*.index"),
            StoredFileKind.LastWalObjects => Find("*.wal")[^5..],
            StoredFileKind.Manifest => Find("*", "manifest"),
            StoredFileKind.Checkpoint => Find("*", "checkpoint")[^1..],
            StoredFileKind.ClusterMark => Find("*", "cluster"),
            StoredFileKind.Snapshot => Find("*", "snapshot"),
            StoredFileKind.Metadata => Find("metadata.db"),
            StoredFileKind.Lock => Find("*.lock"),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        Assert.NotEmpty(paths);
        foreach (var path in paths)
        {
            Damage(path, damage);
        }
    }

    private string[] Find(string pattern, string folder = "") =>
        [.. Directory.EnumerateFiles(Broker.DataDirectory, pattern, SearchOption.AllDirectories)
            .Where(path => path.Contains(folder.Length == 0 ? "" : $"/{folder}/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    private static void Damage(string path, FileDamage damage)
    {
        var bytes = File.ReadAllBytes(path);
        switch (damage)
        {
            case FileDamage.Flipped:
                bytes[bytes.Length / 2] ^= 0x10;
                File.WriteAllBytes(path, bytes);
                break;
            case FileDamage.Halved:
                File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
                break;
            case FileDamage.Emptied:
                File.WriteAllBytes(path, []);
                break;
            case FileDamage.Removed:
                File.Delete(path);
                break;
            case FileDamage.OfALaterVersion:
                bytes[VersionPosition] = 2;
                File.WriteAllBytes(path, bytes);
                break;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }

        _copy.Dispose();
    }

    private async Task ProduceAsync(IProducer<byte[]?, byte[]?> producer, string topic, int count, int length)
    {
        await ConfluentClient.Instance.CreateTopicAsync(Broker.BootstrapServers, topic, 1, new Dictionary<string, string>());
        var acknowledged = Acknowledged[topic] = [];
        for (var i = 0; i < count; i++)
        {
            var value = $"{topic} {i} ".PadRight(length, '.');
            var report = await producer.ProduceAsync(topic, new Message<byte[]?, byte[]?> { Value = System.Text.Encoding.UTF8.GetBytes(value) });
            acknowledged.Add(report.Offset.Value, value);
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
    }
}
