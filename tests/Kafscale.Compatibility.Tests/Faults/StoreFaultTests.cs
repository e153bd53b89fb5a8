using System.Diagnostics;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Compatibility.Tests.Crashes;
using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>
/// Producers go on without a pause while something goes wrong with the store, and every record is looked for afterwards: each is
/// there once and in order, those that were acknowledged are at their offsets, and nothing else is there.
/// </summary>
[Collection(nameof(AloneCollection))]
public sealed class StoreFaultTests(SharedRadosGateway gateway, ITestOutputHelper output)
{
    private const int Partitions = 4;
    private const int Producers = 3;
    private const int MaxInFlight = 100;
    private const int RecordsBefore = 500;
    private const int RecordsDuring = 200;
    private const int RecordsAfter = 500;

    private static readonly TimeSpan Brief = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // From the end of the fault to the next acknowledgement: the producers' own pauses between retries included.
    private static readonly TimeSpan MaxRecovery = TimeSpan.FromSeconds(15);

    private static readonly Dictionary<string, StoreFault> All = new()
    {
        ["refuses connections"] = new StoreFault(s3 => s3.Proxy.StopListeningAsync(), s3 => s3.Proxy.ListenAsync()),
        ["answers 503 to 30 %"] = StoreFault.OfRequests(new ProxyFault(ProxyFaultKind.SlowDown) { Share = 0.3 }) with { IsBornByProducers = true },
        ["answers after the client gave up"] = StoreFault.OfRequests(new ProxyFault(ProxyFaultKind.AnswerLate) { Duration = TimeSpan.FromSeconds(4) }),
        ["does what it was asked after the client gave up"] =
            StoreFault.OfRequests(new ProxyFault(ProxyFaultKind.ApplyLate) { Duration = TimeSpan.FromSeconds(4) }),
        ["hangs"] = StoreFault.OfRequests(new ProxyFault(ProxyFaultKind.Hang)),
        ["loses connections in the middle of bodies"] =
            StoreFault.OfRequests(Cut(ProxyFaultKind.CutRequest), Cut(ProxyFaultKind.CutResponse)) with { IsBornByProducers = true },
        ["throttles what producers wait for"] = StoreFault.OfRequests(Throttled("/wal/")),
        ["throttles what is merged"] = StoreFault.OfRequests(Throttled("/meta/"), Throttled("/segment-")) with { IsBornByProducers = true },
        ["is stopped and goes on"] = StoreFault.OfSignals((s3, signal) => s3.Gateway.Zones[0].Send(signal)),
        ["is killed and started again"] = new StoreFault(s3 => s3.Gateway.Zones[0].KillAsync(), s3 => s3.Gateway.Zones[0].StartAsync()),
        ["is well, but the broker is stopped for longer than its session lives"] = StoreFault.OfSignals((s3, signal) => s3.Broker.Send(signal)),
    };

    public static TheoryData<string> Faults => [.. All.Keys];

    [Fact]
    public Task Every_record_is_there_once_after_one_fault_of_the_store_after_another() => BearAsync(All.Keys, Brief);

    [Theory]
    [MemberData(nameof(Faults))]
    [Trait("Category", "Long")]
    public Task Every_record_is_there_once_after_for_a_minute_the_store(string fault) => BearAsync([fault], Minute);

    private async Task BearAsync(IReadOnlyCollection<string> faults, TimeSpan duration)
    {
        await using var s3 = await FaultyS3.StartAsync(await gateway.GetAsync());
        var servers = s3.Broker.BootstrapServers;
        var topic = $"faults-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.CreateTopicAsync(servers, topic, Partitions, new Dictionary<string, string> { ["segment.bytes"] = "1048576" });
        await using var load = new NumberedLoad(servers, topic, Partitions, Producers, MaxInFlight);
        await using var member = await ConfluentClient.Instance.JoinGroupAsync(servers, "members", topic, new Observed());

        foreach (var fault in faults)
        {
            var recovery = await BearAsync(s3, load, fault, duration);
            await NumberedLog.AssertHoldsAsync(s3.Broker, topic, load, $"after the store {fault}");
            Assert.True(recovery < MaxRecovery, $"After the store {fault}, the next acknowledgement came after {recovery}.");
        }

        await load.StopAsync();
        Assert.Empty(load.Failures);
        Assert.Equal(load.Sent, load.Acknowledged.Count);
        await NumberedLog.AssertReadsAllAsync(member, load);
        Assert.Equal(load.Sent, (await ConfluentClient.EndsAsync(servers, topic)).Values.Sum());

        await s3.Broker.KillAsync();
        await s3.Broker.StartAsync();
        await NumberedLog.AssertHoldsAsync(s3.Broker, topic, load, "after a restart");
        await ConfluentClient.Instance.DeleteTopicAsync(servers, topic);
        await AssertNothingIsLeftAsync(s3);
    }

    // How long it took from the end of the fault to the next acknowledgement.
    private async Task<TimeSpan> BearAsync(FaultyS3 s3, NumberedLoad load, string name, TimeSpan duration)
    {
        var fault = All[name];
        await load.WaitForAcknowledgementsAsync(RecordsBefore, Patience);
        await fault.Begin(s3);
        var before = load.Acknowledged.Count;
        if (fault.IsBornByProducers)
        {
            await load.WaitForAcknowledgementsAsync(RecordsDuring, Patience);
        }

        await Task.Delay(duration);
        var during = load.Acknowledged.Count - before;
        await fault.End(s3);
        var ended = Stopwatch.GetTimestamp();
        await load.WaitForAcknowledgementsAsync(1, Patience);
        var recovery = Stopwatch.GetElapsedTime(ended);
        await load.WaitForAcknowledgementsAsync(RecordsAfter, Patience);
        output.WriteLine($"the store {name} for {duration.TotalSeconds} s: {during} acknowledged meanwhile, the next {recovery.TotalSeconds:F1} s after it");
        return recovery;
    }

    private static ProxyFault Cut(ProxyFaultKind kind) => new(kind) { Share = 0.3 };

    private static ProxyFault Throttled(string pathPart) => new(ProxyFaultKind.SlowDown) { PathPart = pathPart };

    private static async Task AssertNothingIsLeftAsync(FaultyS3 s3)
    {
        List<string> left = [];
        try
        {
            await Eventually.HoldsAsync(async () => (left = await s3.KeysOfTopicsAsync()).Count == 0, Patience);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"{left.Count} objects are left: {string.Join(", ", left.Take(10))}\n{s3.Broker.Output}");
        }
    }
}
