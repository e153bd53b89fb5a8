using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Protocol;
using Kafscale.Testing;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>What an object store bills is requests: how many there are must not depend on how many partitions there are.</summary>
public sealed class RequestCountTests : IAsyncDisposable
{
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan SessionTimeToLive = TimeSpan.FromHours(1);
    private static readonly MaintenanceOptions Maintenance = new();

    // The loops of maintenance, of garbage collection, and of the session's lease.
    private readonly SteppedTime _time = new(Maintenance.Interval, Maintenance.GracePeriod / 4, SessionTimeToLive / 3);
    private readonly TestCluster _cluster;

    public RequestCountTests()
    {
        _cluster = new TestCluster(_time);
        _cluster.Options = _cluster.Options with
        {
            SessionTimeToLive = SessionTimeToLive,
            Flusher = new FlusherOptions { FlushInterval = FlushInterval },
            Maintenance = Maintenance,
        };
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(1, false)]
    [InlineData(100, true)]
    [InlineData(1_000, true)]
    [InlineData(10_000, false)]
    [InlineData(10_000, true)]
    public async Task A_flush_is_one_put_however_many_partitions_it_holds(int partitions, bool isIdempotent)
    {
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", partitions);

        // The first flush after a quiet spell leaves at once; this one opens the interval that all the others share.
        await broker.MustProduceAsync("t", "first");
        broker.Faults.ForgetCounts();
        var batch = isIdempotent ? Batches.Idempotent(producerId: 123_456_789, epoch: 0, sequence: 0, "x") : Batches.Of("x");
        var produced = broker.ProduceAsync([.. Enumerable.Range(0, partitions).Select(partition => ("t", partition, new[] { batch }))]);
        await PassFlushIntervalAsync(produced);
        var acknowledged = await produced;

        Assert.Equal(partitions, acknowledged.Count);
        Assert.All(acknowledged.Values, partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
        Assert.Equal([StoreOperation.ObjectPut], RequestsToTheObjectStore(broker));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1_000)]
    public async Task An_idle_hour_is_one_listing_however_many_partitions_there_are(int partitions)
    {
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", partitions);
        var batch = Batches.Of("x");
        var produced = broker.ProduceAsync([.. Enumerable.Range(0, partitions).Select(partition => ("t", partition, new[] { batch }))]);
        await PassFlushIntervalAsync(produced);
        await produced;
        await _time.PassAsync(TimeSpan.FromMinutes(10));
        Assert.All(Enumerable.Range(0, partitions), partition => Assert.Equal(0, broker.Log("t", partition).TailCount));

        // Until what was merged is collected too, and to the middle between two searches.
        await _time.PassAsync(TimeSpan.FromMinutes(80));
        broker.Faults.ForgetCounts();
        await _time.PassAsync(TimeSpan.FromHours(1));

        Assert.Equal([StoreOperation.ObjectList], RequestsToTheObjectStore(broker).Distinct());
        Assert.Single(RequestsToTheObjectStore(broker));
    }

    [Fact]
    public async Task What_a_wal_object_holds_of_many_partitions_is_read_by_one_request_when_they_are_merged()
    {
        const int Partitions = 200;
        const int Flushes = 30;
        _cluster.Options = _cluster.Options with { CacheBytes = 2 * 1024 * 1024 };
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", Partitions);
        for (var flush = 0; flush < Flushes; flush++)
        {
            // In another order each time, as producers come.
            var batch = Batches.OfSize(1024);
            var produced = broker.ProduceAsync([.. Enumerable.Range(0, Partitions).Select(i => ("t", (i * 7 + flush) % Partitions, new[] { batch }))]);
            await PassFlushIntervalAsync(produced);
            await produced;
        }

        await _time.PassAsync(TimeSpan.FromMinutes(11));

        Assert.All(Enumerable.Range(0, Partitions), partition => Assert.Equal(Flushes, broker.Log("t", partition).MergedThroughOffset));
        Assert.InRange(broker.Faults.Count(StoreOperation.ObjectRead, "/wal/"), 1, Flushes + 1);
        Assert.Equal(Flushes, (await broker.ReadValuesAsync("t", Partitions / 2)).Count);
    }

    [Fact]
    public async Task A_wal_object_that_can_not_be_read_keeps_no_other_partition_from_being_merged()
    {
        const int Partitions = 200;
        _cluster.Options = _cluster.Options with { CacheBytes = 2 * 1024 * 1024 };
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", Partitions);
        await broker.MustProduceAsync("t", "only here");
        var lost = Assert.Single(await _cluster.WalObjectsAsync());
        for (var flush = 0; flush < 15; flush++)
        {
            var batch = Batches.OfSize(1024);
            var produced = broker.ProduceAsync([.. Enumerable.Range(1, Partitions - 1).Select(partition => ("t", partition, new[] { batch }))]);
            await PassFlushIntervalAsync(produced);
            await produced;
        }

        broker.Faults.FailBefore(StoreOperation.ObjectRead, lost, times: int.MaxValue);
        await _time.PassAsync(TimeSpan.FromMinutes(11));

        Assert.Equal(0, broker.Log("t").MergedThroughOffset);
        Assert.All(Enumerable.Range(1, Partitions - 1), partition => Assert.Equal(0, broker.Log("t", partition).TailCount));

        broker.Faults.Clear();
        await _time.PassAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(1, broker.Log("t").MergedThroughOffset);
        Assert.Equal(["only here"], await broker.ReadValuesAsync("t"));
    }

    // In small steps: the flusher may not have set its timer yet.
    private Task PassFlushIntervalAsync(Task produced) => TestBroker.UntilAsync(() =>
    {
        _time.Advance(FlushInterval / 10);
        return produced.IsCompleted;
    });

    private static List<StoreOperation> RequestsToTheObjectStore(TestBroker broker) =>
        [.. broker.Faults.Done.Select(done => done.Operation).Where(operation => operation is
            StoreOperation.ObjectPut or StoreOperation.ObjectRead or StoreOperation.ObjectHead or StoreOperation.ObjectList or StoreOperation.ObjectDelete)];
}
