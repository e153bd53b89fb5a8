using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>By a clock of its own, so that the machine's other work is not measured.</summary>
[Collection(nameof(AloneCollection))]
public sealed class ProduceLatencyTests : IAsyncDisposable
{
    private const int Partitions = 16;

    // Bytes take no time here: a load of 20 MiB/s is made smaller together with what it is measured by.
    private const int Scale = 64;
    private const int BytesPerSecond = 20 * 1024 * 1024 / Scale;
    private const int FlushBytes = 8 * 1024 * 1024 / Scale;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Duration = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PutP50 = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PutP99 = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Allowance = TimeSpan.FromMilliseconds(30);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Batches.Timestamp));
    private readonly TestCluster _cluster;
    private readonly ITestOutputHelper _output;

    public ProduceLatencyTests(ITestOutputHelper output)
    {
        _output = output;
        var puts = new LognormalLatency(PutP50, PutP99, new Random(1));
        var reads = new LognormalLatency(PutP50, PutP99, new Random(2));
        _cluster = new TestCluster(_time) { LanesOf = store => ObjectStoreLanes.Shared(new LatencyObjectStore(store, puts, reads, _time)) };
        _cluster.Options = _cluster.Options with
        {
            SessionTimeToLive = TimeSpan.FromHours(1),
            Maintenance = new MaintenanceOptions(),
        };
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <remarks>docs/operations.md has a table of what it prints.</remarks>
    [Theory]
    [InlineData(50)]
    [InlineData(100)]
    [InlineData(250)]
    [InlineData(1_000)]
    public void Over_a_slow_store_an_acknowledgement_waits_for_its_flush_and_its_upload_and_hardly_more(int flushIntervalMs) => VirtualThread.Run(
        async () =>
        {
            var flushInterval = TimeSpan.FromMilliseconds(flushIntervalMs);
            var broker = await _cluster.StartAsync(
                with: options => options with { Flusher = new FlusherOptions { FlushInterval = flushInterval, FlushBytes = FlushBytes } });
            await _cluster.CreateTopicAsync("t", Partitions);
            var batch = Batches.OfSize((int)(BytesPerSecond * Tick.TotalSeconds));
            var latencies = new List<Task<TimeSpan>>();
            for (var sentFor = TimeSpan.Zero; sentFor < Duration; sentFor += Tick)
            {
                latencies.Add(MeasureAsync(broker, latencies.Count % Partitions, batch));
                await Task.Delay(Tick, _time);
            }

            var ordered = (await Task.WhenAll(latencies)).Order().ToArray();
            Assert.InRange(ordered[ordered.Length * 99 / 100], PutP50, PutP99 + flushInterval + Allowance);
            _output.WriteLine(
                $"{flushIntervalMs} ms: p50 {ordered[ordered.Length / 2].TotalMilliseconds}, p99 {ordered[ordered.Length * 99 / 100].TotalMilliseconds} ms, "
                + $"{(await _cluster.WalObjectsAsync()).Count / Duration.TotalSeconds:0.0} PUTs/s");
            await broker.StopAsync();
        },
        passTime: () => _time.Advance(Tick));

    private async Task<TimeSpan> MeasureAsync(TestBroker broker, int partition, byte[] batch)
    {
        var sentAt = _time.GetTimestamp();
        var response = await broker.ProduceAsync("t", partition, batch);
        Assert.Equal(ErrorCode.None, response.ErrorCode);
        return _time.GetElapsedTime(sentAt);
    }
}
