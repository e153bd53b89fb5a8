using System.Buffers;
using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.StorageTools;

/// <summary>The storage commands where commits are in checkpoints.</summary>
public sealed class CheckpointToolsTests : IAsyncDisposable
{
    private readonly TestCluster _cluster = new();

    public CheckpointToolsTests() => _cluster.Options = _cluster.Options with
    {
        Checkpoints = new CheckpointOptions { Interval = TimeSpan.FromMilliseconds(5), Commits = 1 },
        Maintenance = _cluster.Options.Maintenance with { SnapshotDelay = TimeSpan.FromMilliseconds(10), SnapshotInterval = TimeSpan.FromMilliseconds(20) },
    };

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task What_only_a_checkpoint_names_is_no_garbage_and_verified()
    {
        await RollUpAndCrashAsync("a", "b", "c");

        Assert.Empty(await TestTools.CollectAsync(_cluster));
        var report = await TestTools.AssertSoundAsync(_cluster);
        Assert.Equal((3, 0), (report.Records, report.UnreferencedObjects));
        Assert.Equal(["a", "b", "c"], await (await _cluster.StartAsync()).ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_changed_byte_and_a_missing_object_are_found()
    {
        await RollUpAndCrashAsync("a");
        var key = Assert.Single(await CheckpointsAsync());
        var bytes = (await WholeObject.ReadAsync(_cluster.Objects, key, TestCluster.Cancelled)).ToArray();
        bytes[40] ^= 1;
        await _cluster.Objects.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, TestCluster.Cancelled);

        Assert.Contains((await TestTools.VerifyAsync(_cluster)).Problems, problem => problem.Where == key);
        Assert.Contains((await TestTools.VerifyAsync(_cluster, withMetadata: false)).Problems, problem => problem.Where == key);

        await _cluster.Objects.DeleteAsync([key], TestCluster.Cancelled);
        Assert.Contains((await TestTools.VerifyAsync(_cluster)).Problems, problem => problem.Where == key);
    }

    [Fact]
    public async Task A_missing_wal_object_that_only_a_checkpoint_names_is_found()
    {
        await RollUpAndCrashAsync("a", "b");
        var key = (await _cluster.WalObjectsAsync())[0];
        await _cluster.Objects.DeleteAsync([key], TestCluster.Cancelled);

        Assert.Contains((await TestTools.VerifyAsync(_cluster)).Problems, problem => problem.Where == key);
    }

    [Fact]
    public async Task A_checkpoint_that_nothing_names_is_collected()
    {
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
        var crash = broker.Faults.CutAt(StoreOperation.MetadataCommit, "/checkpoints/", after: false);
        await broker.MustProduceAsync("orders", "a");
        await crash.Happened;
        await broker.ExpireSessionAsync();
        var key = Assert.Single(await CheckpointsAsync());

        Assert.Equal(key, Assert.Single(await TestTools.CollectAsync(_cluster)).Key);

        await TestTools.AssertCleanAsync(_cluster);
        Assert.Equal(["a"], await (await _cluster.StartAsync()).ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task Checkpoints_of_what_is_merged_are_collected_with_their_wal_objects()
    {
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 1, ("segment.bytes", "500"));
        var held = broker.Faults.Block(StoreOperation.ObjectPut, ".kfs");
        for (var i = 0; i < 6; i++)
        {
            await broker.MustProduceAsync("orders", new string('x', 100));
        }

        await held.Reached;
        await TestBroker.UntilAsync(async () => await _cluster.MetadataUnderAsync(_cluster.Keys.Commits) is []);
        var crash = broker.Faults.CutAt(StoreOperation.ObjectDelete, ".wal", after: false);
        held.Release();
        await crash.Happened;
        await broker.ExpireSessionAsync();
        Assert.NotEmpty(await CheckpointsAsync());

        Assert.NotEmpty(await TestTools.CollectAsync(_cluster));
        await TestTools.AssertCleanAsync(_cluster);
        var next = await _cluster.StartAsync();
        Assert.Equal(6, (await next.ReadValuesAsync("orders")).Count);
    }

    [Fact]
    public async Task A_rebuild_brings_back_what_checkpoints_named_and_makes_garbage_of_them()
    {
        await RollUpAndCrashAsync("a", "b", "c");
        var before = await CheckpointsAsync();

        var next = await RebuildAndStartAsync();

        Assert.Equal(["a", "b", "c"], await next.ReadValuesAsync("orders"));
        await next.MustProduceAsync("orders", "d");
        await TestBroker.UntilAsync(async () => await _cluster.MetadataUnderAsync(_cluster.Keys.Commits) is []);
        next.Faults.Cut();
        await next.ExpireSessionAsync();
        Assert.Equal(before.Order(), (await TestTools.CollectAsync(_cluster)).Select(found => found.Key).Order());
        await TestTools.AssertCleanAsync(_cluster);
        Assert.Equal(["a", "b", "c", "d"], await (await _cluster.StartAsync()).ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_copy_of_the_metadata_that_was_taken_after_the_end_of_a_session_knows_what_its_checkpoints_hold()
    {
        await RollUpAndCrashAsync("a", "b");
        _cluster.Options = _cluster.Options with { Checkpoints = new CheckpointOptions { Commits = int.MaxValue, FewestCommits = int.MaxValue } };
        var second = await _cluster.StartAsync();
        await second.UntilLeadingAsync("orders");
        var revision = (await _cluster.PartitionRecordAsync(second.Log("orders").Id.TopicId), second.Node.Services.Follower.AppliedRevision).AppliedRevision;
        await TestBroker.UntilAsync(async () =>
            (await _cluster.ObjectsUnderAsync(_cluster.ObjectKeys.SnapshotPrefix)).Exists(key => _cluster.ObjectKeys.TryParseSnapshot(key, out _, out var of) && of >= revision));
        second.Faults.Cut();
        await second.ExpireSessionAsync();

        var next = await RebuildAndStartAsync();

        Assert.Equal(["a", "b"], await next.ReadValuesAsync("orders"));
    }

    private async Task<TestBroker> RebuildAndStartAsync()
    {
        _cluster.Metadata = new MemoryMetadataStore(_cluster.TimeProvider);
        Assert.Empty((await TestTools.RebuildAsync(_cluster, _cluster.Metadata)).Losses);
        Assert.Empty(await _cluster.MetadataUnderAsync(_cluster.Keys.Checkpoints));
        Assert.Empty((await TestTools.VerifyAsync(_cluster)).Problems);
        return await _cluster.StartAsync();
    }

    private async Task RollUpAndCrashAsync(params string[] values)
    {
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
        foreach (var value in values)
        {
            await broker.MustProduceAsync("orders", value);
        }

        await TestBroker.UntilAsync(async () => await _cluster.MetadataUnderAsync(_cluster.Keys.Commits) is []);
        broker.Faults.Cut();
        await broker.ExpireSessionAsync();
    }

    private Task<List<string>> CheckpointsAsync() => _cluster.ObjectsUnderAsync(_cluster.ObjectKeys.CheckpointPrefix);
}
