using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Crashes;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>The disk under a broker is full, or nothing may be written to it.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SmallDiskTests(ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Producers = 3;
    private const int MaxInFlightPerProducer = 10;
    private const long DiskBytes = 512L * 1024 * 1024;
    private const long RoomBytes = 2L * 1024 * 1024;
    private const string Stack = "   at ";

    // Else consumers wait as well while the store of records is not well.
    private static readonly string[] ReadsWhileWritesFail = ["--s3-health-fetch-from-cache", "true"];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Producers_wait_while_the_disk_is_full_and_go_on_when_it_has_room_and_nothing_acknowledged_is_lost()
    {
        await using var disk = await CreateAsync();
        await using var broker = await BrokerProcess.StartDevOnAsync(disk, ReadsWhileWritesFail);
        var topic = await CreateTopicAsync(broker);
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers, MaxInFlightPerProducer);

        for (var round = 1; round <= 3; round++)
        {
            await load.WaitForAcknowledgementsAsync(500, Patience);
            disk.Fill(leave: round == 1 ? RoomBytes : 0);
            var lengthBefore = broker.Output.Length;
            await Eventually.HoldsAsync(() => Said(broker.Output[lengthBefore..]), Patience, "The broker says that its disk is full.");
            if (round == 1)
            {
                await NumberedLog.AssertHoldsAsync(broker, topic, load, "while the disk is full");
            }
            else if (round == 2)
            {
                await broker.KillAsync();
                disk.Free();
                await broker.StartAsync();
            }

            disk.Free();
            await load.WaitForAcknowledgementsAsync(500, Patience);
            await NumberedLog.AssertHoldsAsync(broker, topic, load, $"full for the {round}. time");
            output.WriteLine($"round {round}: {load.Acknowledged.Count} acknowledged");
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(load.Sent, load.Acknowledged.Count);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "at the end");
        Assert.DoesNotContain(Stack, broker.Output, StringComparison.Ordinal);
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task A_start_on_a_full_disk_is_refused_with_one_line()
    {
        await using var disk = await CreateAsync();
        disk.Fill(leave: 16 * 1024);

        await AssertIsRefusedAsync(disk, Path.Combine(disk.Path, "data"), "is full: free space on its disk");
    }

    [Fact]
    public async Task Producers_wait_while_nothing_may_be_written_and_go_on_afterwards_and_nothing_acknowledged_is_lost()
    {
        await using var disk = await CreateAsync();
        await using var broker = await BrokerProcess.StartDevOnAsync(disk, ReadsWhileWritesFail);
        var topic = await CreateTopicAsync(broker);
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers, MaxInFlightPerProducer);
        await load.WaitForAcknowledgementsAsync(500, Patience);

        var staging = Path.Combine(broker.DataDirectory, "objects", "~staging", "1");
        await disk.RunAsync("chmod", "a-w", staging);
        await Eventually.HoldsAsync(() => broker.Output.Contains("denied", StringComparison.Ordinal), Patience, "The broker says that it may not write.");
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "while nothing may be written");
        await disk.RunAsync("chmod", "u+w", staging);

        await load.WaitForAcknowledgementsAsync(500, Patience);
        await load.StopAsync();
        Assert.Empty(load.Failures);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "at the end");
        Assert.DoesNotContain(Stack, broker.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_disk_that_is_read_only_stops_the_start_with_one_line_and_its_data_are_there_when_it_is_not_any_more()
    {
        await using var disk = await CreateAsync();
        await using var broker = await BrokerProcess.StartDevOnAsync(disk);
        var topic = await CreateTopicAsync(broker);
        await using var load = new NumberedLoad(broker.BootstrapServers, topic, Partitions, Producers, MaxInFlightPerProducer);
        await load.WaitForAcknowledgementsAsync(500, Patience);
        await broker.KillAsync();

        await disk.SetReadOnlyAsync(true);
        await AssertIsRefusedAsync(disk, broker.DataDirectory, broker.DataDirectory, "Read-only file system");

        await disk.SetReadOnlyAsync(false);
        await broker.StartAsync();
        await load.StopAsync();
        Assert.Empty(load.Failures);
        await NumberedLog.AssertHoldsAsync(broker, topic, load, "at the end");
    }

    private static bool Said(string log) =>
        log.Contains("No space left", StringComparison.Ordinal) || log.Contains("is full", StringComparison.Ordinal);

    private static async Task AssertIsRefusedAsync(SmallDisk disk, string dataDirectory, params string[] expected)
    {
        var (fileName, arguments) = disk.Command(
            BrokerProcess.Executable, ["dev", "--data-dir", dataDirectory, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"]);
        var (exitCode, text) = await RunningProcess.RunAsync(fileName, arguments, Patience);
        Assert.Equal(1, exitCode);
        Assert.All(expected, part => Assert.Contains(part, text, StringComparison.Ordinal));
        Assert.Equal(1, text.Count(character => character == '\n'));
    }

    private static async Task<SmallDisk> CreateAsync()
    {
        var disk = await SmallDisk.TryCreateAsync(DiskBytes);
        Assert.SkipWhen(disk is null, "This system lets no user have a mount namespace of his own (unshare --user --mount).");
        return disk!;
    }

    private static async Task<string> CreateTopicAsync(BrokerProcess broker)
    {
        var topic = $"disk-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(broker.BootstrapServers, topic, Partitions, new Dictionary<string, string>());
        return topic;
    }
}
