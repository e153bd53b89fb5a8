using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>By a clock of its own and a store that always takes the same time: what differs is the reader's doing.</summary>
[Collection(nameof(AloneCollection))]
public sealed class CatchUpIsolationTests : IAsyncDisposable
{
    private const int Readers = 4;
    private const int HistoryBytes = 24 * 1024 * 1024;
    private const int HistoryBatchBytes = 256 * 1024;
    private const int CacheBytes = 8 * 1024 * 1024;
    private const double MostHarm = 1.2;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan SendInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan PhaseDuration = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PutLatency = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReadLatency = TimeSpan.FromMilliseconds(30);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.FromUnixTimeMilliseconds(Batches.Timestamp));
    private readonly List<long> _sentAt = [];
    private readonly List<double> _produceMs = [];
    private readonly List<double> _tailMs = [];
    private readonly TestCluster _cluster;

    public CatchUpIsolationTests()
    {
        var puts = new LognormalLatency(PutLatency, PutLatency, new Random(1));
        var reads = new LognormalLatency(ReadLatency, ReadLatency, new Random(2));

        // So few requests at a time that readers who took others' would be noticed.
        var options = new ObjectStoreStackOptions { Concurrency = 8 };
        _cluster = new TestCluster(_time)
        {
            LanesOf = store => ObjectStoreStack.Create(new LatencyObjectStore(store, puts, reads, _time), options, _time, new Random(3)).Lanes,
        };
        _cluster.Options = _cluster.Options with
        {
            SessionTimeToLive = TimeSpan.FromHours(1),
            CacheBytes = CacheBytes,
            Flusher = new FlusherOptions(),
            Maintenance = new MaintenanceOptions(),
        };
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public void Readers_from_the_beginning_delay_neither_producers_nor_tail_consumers() => VirtualThread.Run(
        async () =>
        {
            var broker = await _cluster.StartAsync();
            await _cluster.CreateTopicAsync("history");
            await _cluster.CreateTopicAsync("live");
            var history = Batches.OfSize(HistoryBatchBytes);
            await Task.WhenAll(Enumerable.Range(0, HistoryBytes / HistoryBatchBytes).Select(_ => broker.MustProduceAsync("history", 0, history)));

            using var ending = new CancellationTokenSource();
            var tail = ConsumeAsync(broker, ending.Token);
            var quiet = await MeasureAsync(broker);
            var readers = Enumerable.Range(0, Readers).Select(_ => CatchUpAsync(broker, ending.Token)).ToList();
            var busy = await MeasureAsync(broker);
            await ending.CancelAsync();
            var passes = await Task.WhenAll(readers);
            await tail;

            Assert.All(passes, count => Assert.NotEqual(0, count));
            Assert.InRange(busy.ProduceMs, 0, quiet.ProduceMs * MostHarm);
            Assert.InRange(busy.TailMs, 0, quiet.TailMs * MostHarm);
            await broker.StopAsync();
        },
        passTime: () => _time.Advance(Tick));

    // 99th percentiles of a phase.
    private async Task<(double ProduceMs, double TailMs)> MeasureAsync(TestBroker broker)
    {
        var first = _sentAt.Count;
        var produced = new List<Task>();
        for (var sentFor = TimeSpan.Zero; sentFor < PhaseDuration; sentFor += SendInterval)
        {
            produced.Add(ProduceAsync(broker));
            await Task.Delay(SendInterval, _time);
        }

        await Task.WhenAll(produced);
        while (_tailMs.Count < _sentAt.Count)
        {
            await Task.Delay(Tick, _time);
        }

        return (P99(_produceMs.Skip(first)), P99(_tailMs.Skip(first)));
    }

    private async Task ProduceAsync(TestBroker broker)
    {
        var sentAt = _time.GetTimestamp();
        _sentAt.Add(sentAt);
        await broker.MustProduceAsync("live", 0, Batches.Of("x"));
        _produceMs.Add(_time.GetElapsedTime(sentAt).TotalMilliseconds);
    }

    private async Task ConsumeAsync(TestBroker broker, CancellationToken ending)
    {
        while (!ending.IsCancellationRequested)
        {
            var answer = await broker.FetchAsync(Fetches.Waiting(maxWaitMs: 500, minBytes: 1, ("live", 0, _tailMs.Count)), endWaiting: ending);
            foreach (var record in answer.Partitions.SelectMany(partition => partition.Records))
            {
                _tailMs.Add(_time.GetElapsedTime(_sentAt[(int)record.Offset]).TotalMilliseconds);
            }
        }
    }

    // Again and again, because the cache is far smaller than what is read.
    private static async Task<int> CatchUpAsync(TestBroker broker, CancellationToken ending)
    {
        var offset = 0L;
        for (var fetches = 0; ; fetches++)
        {
            var fetched = await broker.FetchAsync("history", 0, offset);
            Assert.Equal(ErrorCode.None, fetched.Error);
            if (ending.IsCancellationRequested)
            {
                return fetches;
            }

            offset = fetched.Records.Count > 0 ? fetched.Records[^1].Offset + 1 : 0;
        }
    }

    private static double P99(IEnumerable<double> latenciesMs)
    {
        var ordered = latenciesMs.Order().ToArray();
        return ordered[ordered.Length * 99 / 100];
    }
}
