using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Fetching;

/// <summary>What a consumer that reads from the beginning as fast as it can does to producers and consumers at the end.</summary>
[Collection(nameof(AloneCollection))]
public sealed class CatchUpBesideOthersTests(ITestOutputHelper output) : IAsyncDisposable
{
    private const int MiB = 1024 * 1024;
    private const short FetchVersion = 12;
    private const int Partitions = 8;
    private const double MostTimesQuiet = 1.2;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan PutLatency = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ReadLatency = TimeSpan.FromMilliseconds(30);
    private static readonly TimeSpan Phase = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    private ObjectStoreStack? _stack;
    private TestCluster? _cluster;

    public async ValueTask DisposeAsync()
    {
        if (_cluster is not null)
        {
            await _cluster.DisposeAsync();
        }

        if (_stack is not null)
        {
            await _stack.DisposeAsync();
        }
    }

    // By a clock of its own, by which only the store takes time: whatever waits here waits for the reader's requests.
    [Fact]
    public void Nobody_waits_for_requests_of_a_consumer_that_catches_up()
    {
        var time = new FakeTimeProvider(DateTimeOffset.FromUnixTimeMilliseconds(Batches.Timestamp));
        VirtualThread.Run(
            () => MeasureAsync(time, historyBytes: 32 * MiB, cacheBytes: 8 * MiB, requestBytes: 4 * 1024, rounds: 2),
            passTime: () => time.Advance(TimeSpan.FromMilliseconds(5)));
    }

    [Fact]
    [Trait("Category", "Long")]
    public Task A_consumer_that_catches_up_adds_less_than_a_fifth_to_what_others_wait() =>
        MeasureAsync(TimeProvider.System, historyBytes: 256 * MiB, cacheBytes: 64 * MiB, requestBytes: MiB / 2, rounds: 4);

    // In turn a phase in which nobody catches up and one in which somebody does, beside the same load.
    private async Task MeasureAsync(TimeProvider time, int historyBytes, int cacheBytes, int requestBytes, int rounds)
    {
        var broker = await PrepareAsync(time, historyBytes, cacheBytes);
        var startedAt = time.GetTimestamp();
        var requests = (int)(Phase * 2 * rounds / Interval);
        var produced = new TimeSpan[requests];
        var consumed = new TimeSpan[requests];
        var consuming = ConsumeAsync();
        var readBytes = CatchUpAsync();
        var batch = Batches.OfSize(requestBytes);
        var producing = new List<Task>();
        for (var request = 0; request < requests; request++)
        {
            await UntilAsync(Interval * request);
            producing.Add(ProduceAsync(request));
        }

        await Task.WhenAll(producing);
        await consuming;
        var read = await readBytes;

        // While somebody lets time pass.
        await broker.DisposeAsync();
        output.WriteLine($"{read / MiB} MiB were read");
        AssertSmallDifference("produce", produced);
        AssertSmallDifference("tail", consumed);
        Assert.InRange(read, historyBytes, long.MaxValue);

        async Task UntilAsync(TimeSpan dueAt)
        {
            if (dueAt - time.GetElapsedTime(startedAt) is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, time, TestCluster.Cancelled);
            }
        }

        async Task ProduceAsync(int request)
        {
            var response = await broker.ProduceAsync("paced", request % Partitions, batch);
            produced[request] = time.GetElapsedTime(startedAt) - (Interval * request);
            Assert.Equal((ErrorCode.None, request / Partitions), (response.ErrorCode, response.BaseOffset));
        }

        async Task ConsumeAsync()
        {
            var offsets = new long[Partitions];
            while (offsets.Sum() < requests)
            {
                var fetch = Fetches.Waiting(500, 1, [.. offsets.Select((offset, partition) => ("paced", partition, offset))]);
                fetch.MaxBytes = 50 * MiB;
                await broker.SendAsync<FetchResponse>(fetch, FetchVersion, response =>
                {
                    foreach (var partition in response.Responses.SelectMany(topic => topic.Partitions))
                    {
                        var batches = new RecordBatchReader(partition.Records.GetValueOrDefault());
                        while (batches.TryRead(out _, out _))
                        {
                            var request = (int)(offsets[partition.PartitionIndex]++ * Partitions) + partition.PartitionIndex;
                            consumed[request] = time.GetElapsedTime(startedAt) - (Interval * request);
                        }
                    }
                });
            }
        }

        async Task<long> CatchUpAsync()
        {
            var read = 0L;
            var history = broker.Log("history");
            for (var round = 0; round < rounds; round++)
            {
                await UntilAsync(Phase * ((2 * round) + 1));
                var endAt = Phase * ((2 * round) + 2);
                for (var offset = 0L; time.GetElapsedTime(startedAt) < endAt;)
                {
                    using var records = await broker.Node.Services.Reader.ReadAsync(history, offset, MiB, true, TestCluster.Cancelled);
                    read += records.Length;
                    offset = records.NextOffset < history.HighWatermark ? records.NextOffset : 0;
                }
            }

            return read;
        }
    }

    private void AssertSmallDifference(string name, TimeSpan[] latencies)
    {
        var quiet = P99((round, at) => round % 2 == 0 && at < Phase - Margin);
        var busy = P99((round, _) => round % 2 == 1);
        output.WriteLine($"{name}: {quiet.TotalMilliseconds:F0} ms, {busy.TotalMilliseconds:F0} ms while somebody catches up");
        Assert.InRange(busy, TimeSpan.Zero, quiet * MostTimesQuiet);

        // What was due just before a phase ends is answered in the next one; what a reader has begun may take a moment to end.
        TimeSpan P99(Func<int, TimeSpan, bool> isIn)
        {
            var some = latencies
                .Where((_, request) => isIn((int)(Interval * request / Phase), TimeSpan.FromTicks((Interval * request).Ticks % Phase.Ticks)))
                .Order()
                .ToArray();
            return some[some.Length * 99 / 100];
        }
    }

    // Writes the history, and starts another broker, which has none of it in memory.
    private async Task<TestBroker> PrepareAsync(TimeProvider time, int historyBytes, int cacheBytes)
    {
        var puts = new LognormalLatency(PutLatency, PutLatency, new Random(1));
        var reads = new LognormalLatency(ReadLatency, ReadLatency, new Random(2));
        var store = new MemoryObjectStore(time);
        _stack = ObjectStoreStack.Create(new LatencyObjectStore(store, puts, reads, time), new ObjectStoreStackOptions(), time, new Random(3));
        _cluster = new TestCluster(time, objects: store) { LanesOf = _ => _stack.Lanes };
        _cluster.Options = _cluster.Options with
        {
            SessionTimeToLive = TimeSpan.FromHours(1),
            CacheBytes = cacheBytes,
            Flusher = new FlusherOptions { FlushInterval = FlushInterval },
            Maintenance = new MaintenanceOptions(),
        };
        var writer = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("history", 1, ("segment.bytes", $"{4 * MiB}"));
        await _cluster.CreateTopicAsync("paced", Partitions);
        var batch = Batches.OfSize((MiB / 2) - 100);
        for (var written = 0L; written < historyBytes; written += 8L * batch.Length)
        {
            await writer.MustProduceAsync("history", 0, [.. Enumerable.Repeat(batch, 8)]);
        }

        var history = writer.Log("history");
        while (history.TailBytes >= 4 * MiB)
        {
            await Task.Delay(FlushInterval, time, TestCluster.Cancelled);
        }

        await writer.StopAsync();
        return await _cluster.StartAsync();
    }
}
