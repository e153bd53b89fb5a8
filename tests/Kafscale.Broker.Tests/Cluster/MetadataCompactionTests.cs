using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using FaultyMetadataStore = Kafscale.Broker.Tests.Support.FaultyMetadataStore;
using TestBroker = Kafscale.Broker.Tests.Support.TestBroker;

namespace Kafscale.Broker.Tests.Cluster;

public sealed class MetadataCompactionTests
{
    private static readonly MetadataKeys Keys = new("/test");
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task What_was_before_the_revision_of_one_interval_ago_is_forgotten()
    {
        var time = new FakeTimeProvider();
        await using var store = new MemoryMetadataStore(time);
        var first = await PutAsync(store);
        using var stop = new CancellationTokenSource();
        var compacting = new MetadataCompaction(store, Keys, () => true, Kept, time, NullLogger<MetadataCompaction>.Instance).RunAsync(stop.Token);
        var second = await PutAsync(store);
        Assert.True(await IsKeptAsync(store, first - 1));

        time.Advance(Kept);
        await TestBroker.UntilAsync(async () => !await IsKeptAsync(store, first - 1));
        Assert.True(await IsKeptAsync(store, first));
        Assert.True(await IsKeptAsync(store, second));

        time.Advance(Kept);
        await TestBroker.UntilAsync(async () => !await IsKeptAsync(store, first));
        Assert.True(await IsKeptAsync(store, second));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => compacting);
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_asked_again_in_the_next_round()
    {
        var time = new FakeTimeProvider();
        await using var inner = new MemoryMetadataStore(time);
        var faults = new Faults();
        var fault = faults.FailBefore(StoreOperation.MetadataRange);
        using var stop = new CancellationTokenSource();
        var compacting = new MetadataCompaction(new FaultyMetadataStore(inner, faults), Keys, () => true, Kept, time, NullLogger<MetadataCompaction>.Instance).RunAsync(stop.Token);
        await fault.Happened;
        var revision = await PutAsync(inner);
        await TestBroker.UntilAsync(async () =>
        {
            time.Advance(Kept);
            return !await IsKeptAsync(inner, revision - 1);
        });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => compacting);
    }

    [Fact]
    public async Task A_broker_that_fell_behind_what_is_kept_reads_the_metadata_and_the_checkpoints_anew()
    {
        await using var cluster = new TestCluster();
        cluster.Options = cluster.Options with { Checkpoints = new CheckpointOptions { Interval = TimeSpan.FromMilliseconds(5), Commits = 1 } };
        var leader = await cluster.StartAsync();
        await cluster.CreateTopicAsync("orders");
        await leader.MustProduceAsync("orders", "a");
        var reader = await cluster.StartReaderAsync();
        await TestBroker.UntilAsync(() => reader.Log("orders").HighWatermark == 1);
        var held = reader.HoldMetadata();
        await leader.MustProduceAsync("orders", "b");
        await held.Reached;
        await leader.MustProduceAsync("orders", "c");
        await leader.MustProduceAsync("orders", "d");
        await TestBroker.UntilAsync(async () => await cluster.MetadataUnderAsync(cluster.Keys.Commits) is []);
        var now = await cluster.Metadata.RangeAsync(KeyRange.Key(cluster.Keys.Cluster), 1, 0, TestCluster.Cancelled);
        await cluster.Metadata.CompactAsync(now.Revision, TestCluster.Cancelled);
        reader.Faults.ForgetCounts();

        held.Release();

        await reader.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled).WaitAsync(TestBroker.Patience);
        Assert.Equal(["a", "b", "c", "d"], await reader.ReadValuesAsync("orders"));
        Assert.True(reader.Faults.Count(StoreOperation.ObjectRead, "/checkpoint/") > 0);
        await leader.MustProduceAsync("orders", "e");
        await TestBroker.UntilAsync(() => reader.Log("orders").HighWatermark == 5);
    }

    private static async Task<long> PutAsync(MemoryMetadataStore store) => (await store.CommitAsync(
        new MetadataTransaction { Then = [new Operation.Put(Keys.Cluster, "value"u8.ToArray())] }, TestCluster.Cancelled)).Revision;

    private static async Task<bool> IsKeptAsync(MemoryMetadataStore store, long revision)
    {
        try
        {
            await store.RangeAsync(KeyRange.Key(Keys.Cluster), 1, revision, TestCluster.Cancelled);
            return true;
        }
        catch (RevisionCompactedException)
        {
            return false;
        }
    }
}
