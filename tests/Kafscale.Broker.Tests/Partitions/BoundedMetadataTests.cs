using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Etcd;
using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>However long a cluster runs and however much passes through it, the metadata stay the size of its partitions.</summary>
public sealed class BoundedMetadataTests(ITestOutputHelper output) : IAsyncDisposable
{
    private static readonly TimeSpan FlushEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FlushInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan SessionTimeToLive = TimeSpan.FromHours(1);
    private static readonly MaintenanceOptions Maintenance = new();

    // Another interval than that of any other loop, so that the clock can tell them apart.
    private static readonly CheckpointOptions Checkpoints = new() { Interval = TimeSpan.FromSeconds(4) };

    private readonly SteppedTime _time = new(
        Maintenance.Interval, Maintenance.GracePeriod / 4, Maintenance.SnapshotDelay, SessionTimeToLive / 3, Checkpoints.Interval, Checkpoints.HistoryKept);

    private TestCluster? _cluster;

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public Task An_hour_of_produce_to_many_partitions_leaves_keys_and_bytes_level() => ProduceForAnHourAsync(100, new TestCluster(_time));

    [Fact]
    [Trait("Category", "Long")]
    public async Task An_hour_of_produce_to_a_thousand_partitions_leaves_the_database_of_etcd_level()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        var options = new EtcdOptions { Endpoints = etcd.Endpoints };
        var store = await EtcdMetadataStore.ConnectAsync(options, TimeProvider.System, new Random(1), TestCluster.Cancelled);

        await ProduceForAnHourAsync(1_000, new TestCluster(_time, metadata: store), etcd.Members[0]);
    }

    private async Task ProduceForAnHourAsync(int partitions, TestCluster cluster, EtcdMember? etcd = null)
    {
        _cluster = cluster;
        _cluster.Options = _cluster.Options with
        {
            SessionTimeToLive = SessionTimeToLive,
            Flusher = new FlusherOptions { FlushInterval = FlushInterval },
            Maintenance = Maintenance,
            Checkpoints = Checkpoints,
        };
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("t", partitions);
        var batch = Batches.Of("x");
        var samples = new List<Sample>();
        broker.Faults.ForgetCounts();
        var requests = 0;
        for (var minute = 0; minute < 60; minute++)
        {
            for (var passed = TimeSpan.Zero; passed < TimeSpan.FromMinutes(1); passed += FlushEvery)
            {
                var produced = broker.ProduceAsync([.. Enumerable.Range(0, partitions).Select(partition => ("t", partition, new[] { batch }))]);
                await PassFlushIntervalAsync(produced);
                requests++;
                await _time.PassAsync(FlushEvery);
            }

            samples.Add(await SampleAsync(etcd));
        }

        foreach (var (sample, minute) in samples.Select((sample, minute) => (sample, minute)).Where(one => one.minute % 6 == 5))
        {
            output.WriteLine($"minute {minute + 1}: {sample.Keys} keys of {sample.Bytes} bytes and {sample.Commits} commits of {sample.CommitBytes}; {sample.Objects} checkpoint objects; {sample.DatabaseBytes} bytes of the database in use");
        }

        // The first merges come after ten minutes; from then on everything comes and goes.
        var early = samples[11..24];
        var late = samples[24..];
        Assert.InRange(late.Max(sample => sample.Keys), 0, early.Max(sample => sample.Keys) * 11 / 10);
        Assert.InRange(late.Max(sample => sample.Bytes), 0, early.Max(sample => sample.Bytes) * 11 / 10);
        // How many commits are there when one looks, and how full each is, is up to the moment.
        Assert.InRange(late.Max(sample => sample.CommitBytes), 0, early.Max(sample => sample.CommitBytes) * 2);
        Assert.InRange(late.Max(sample => sample.DatabaseBytes), 0, early.Max(sample => sample.DatabaseBytes) * 3 / 2);
        Assert.InRange(late.Max(sample => sample.Objects), 1, early.Max(sample => sample.Objects) + 1);

        // Those of a minute; without checkpoints there would be those of more than ten, at least 120. The first partitions of a request
        // may leave in a flush of their own.
        var commits = broker.Faults.Done.Count(done => done.Operation == StoreOperation.MetadataCommit && done.Keys.StartsWith(_cluster.Keys.Commits, StringComparison.Ordinal));
        output.WriteLine($"{requests} requests to {partitions} partitions, {commits} commits");
        Assert.InRange(commits, requests, 2 * requests);
        Assert.Equal(broker.Faults.Count(StoreOperation.ObjectPut, "/wal/"), commits);
        Assert.InRange(late.Max(sample => sample.Commits), 1, 40);
        Assert.Equal(requests, broker.Log("t", partitions - 1).HighWatermark);

        // And nothing of what was is kept for more than two rounds.
        await Assert.ThrowsAsync<RevisionCompactedException>(async () => await _cluster.Metadata.RangeAsync(KeyRange.Key(_cluster.Keys.Cluster), 1, 1, TestCluster.Cancelled));

        // When nobody produces any more, nothing is left but what the topic is. On a busy machine the merges of the last round take longer
        // than the clock does.
        await _time.PassAsync(TimeSpan.FromMinutes(20));
        await Eventually.HoldsAsync(
            async () =>
            {
                await _time.PassAsync(TimeSpan.FromMinutes(1));
                var rest = await SampleAsync(etcd);
                return (rest.Commits, rest.Objects) == (0, 0) && (await _cluster.WalObjectsAsync()).Count == 0;
            },
            TimeSpan.FromMinutes(1),
            "nothing is left but the topic");
    }

    // In small steps: the flusher may not have set its timer yet.
    private Task PassFlushIntervalAsync(Task produced) => TestBroker.UntilAsync(() =>
    {
        _time.Advance(FlushInterval / 10);
        return produced.IsCompleted;
    });

    private async Task<Sample> SampleAsync(EtcdMember? etcd)
    {
        var entries = await _cluster!.MetadataUnderAsync(_cluster.Keys.Root);
        var byKind = entries.ToLookup(entry => entry.Key.StartsWith(_cluster.Keys.Commits, StringComparison.Ordinal), entry => (long)entry.Key.Length + entry.Value.Length);
        return new Sample(
            byKind[false].Count(),
            byKind[false].Sum(),
            byKind[true].Count(),
            byKind[true].Sum(),
            (await _cluster.ObjectsUnderAsync(_cluster.ObjectKeys.CheckpointPrefix)).Count,
            etcd is null ? 0 : await etcd.DatabaseBytesInUseAsync());
    }

    // Keys that are no commits, with their bytes; commits with theirs.
    private sealed record Sample(int Keys, long Bytes, int Commits, long CommitBytes, int Objects, long DatabaseBytes);
}
