using System.Text.Json;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale storage inspect</c>.</summary>
public sealed class InspectCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    // Worth compressing, and short enough to be shown.
    private static readonly string Value = new('h', 60);

    [Fact]
    public async Task What_a_broker_has_stored_is_shown()
    {
        // Segments as early as can be.
        await using var stored = await BrokerProcess.StartDevAsync(["--segment-bytes", "65536", "--segment-ms", "1000"]);
        NamesBroker = false;
        await RunAsync("topic", "create", Topic, "-p", "1", "-b", stored.BootstrapServers);
        await RunAsync("produce", Topic, Value, "--key", "k", "-H", "a=b", "-z", "lz4", "-b", stored.BootstrapServers);
        await RunAsync("produce", Topic, "--key", "k", "--tombstone", "-b", stored.BootstrapServers);
        var objects = Path.Combine(stored.DataDirectory, "objects");
        var wal = Directory.GetFiles(objects, "*.wal", SearchOption.AllDirectories).Order().First();

        var shown = await InspectAsync(wal, "--batches", "--records");
        Assert.Equal("WAL object", shown.GetProperty("kind").GetString());
        Assert.Equal(Topic, shown.GetProperty("slices")[0].GetProperty("topic").GetString());
        Assert.Equal("lz4", shown.GetProperty("batches")[0].GetProperty("compression").GetString());
        var record = shown.GetProperty("records")[0];
        Assert.Equal(("k", Value, "a=b"), (record.GetProperty("key").GetString(), record.GetProperty("value").GetString(), record.GetProperty("headers")[0].GetString()));
        var key = Path.GetRelativePath(objects, wal).Replace('\\', '/');
        Assert.Contains(Topic, await RunAsync("storage", "inspect", key, "--data-dir", stored.DataDirectory), StringComparison.Ordinal);
        Assert.Contains("no/such/key", await FailAsync("storage", "inspect", "no/such/key", "--data-dir", stored.DataDirectory), StringComparison.Ordinal);

        string? manifest = null;
        await Eventually.HoldsAsync(
            () => (manifest = Directory.GetFiles(objects, "*", SearchOption.AllDirectories).Where(file => file.Contains("/meta/manifest/", StringComparison.Ordinal)).Order().LastOrDefault()) is not null
                && Directory.GetFiles(objects, "*.index", SearchOption.AllDirectories).Length > 0,
            TimeSpan.FromSeconds(30));
        await stored.StopAsync();

        Assert.Equal(Topic, (await InspectAsync(manifest!)).GetProperty("topic").GetString());
        var segment = Directory.GetFiles(objects, "*.kfs", SearchOption.AllDirectories).Order().First();
        Assert.Equal(Value, (await InspectAsync(segment, "--records")).GetProperty("records")[0].GetProperty("value").GetString());
        var index = await InspectAsync(Path.ChangeExtension(segment, ".index"));
        Assert.Equal(32, index.GetProperty("entries")[0].GetProperty("position").GetInt32());

        var bytes = await File.ReadAllBytesAsync(segment);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(Folder.File("damaged.kfs"), bytes);
        Assert.Contains("CRC", await FailAsync("storage", "inspect", Folder.File("damaged.kfs")), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Folder.File("note"), "hello");
        Assert.Contains("is no segment", await FailAsync("storage", "inspect", Folder.File("note")), StringComparison.Ordinal);
    }

    private async Task<JsonElement> InspectAsync(params string[] arguments) => await JsonAsync(["storage", "inspect", .. arguments]);
}
