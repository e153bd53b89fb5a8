using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Tests.Support;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Partitions;

/// <summary>Commits are rolled up into checkpoints, and nobody who reads or produces can tell.</summary>
public sealed class CheckpointTests : IAsyncDisposable
{
    private static readonly CheckpointOptions Eager = new() { Interval = TimeSpan.FromMilliseconds(5), Commits = 1 };
    private static readonly CheckpointOptions Never = new() { Commits = int.MaxValue, Bytes = long.MaxValue, FewestCommits = int.MaxValue };

    private readonly TestCluster _cluster = new();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_broker_that_starts_knows_what_is_in_checkpoints_and_what_came_after_them(int commitsAfter)
    {
        With(Eager);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        await ProduceAsync(broker, 0, 10);
        await UntilRolledUpAsync();
        broker = await RestartAsync(broker, Never);
        Assert.NotEmpty(await CheckpointObjectsAsync());
        await AssertHoldsAsync(broker, 10);

        await ProduceAsync(broker, 10, commitsAfter);
        broker = await RestartAsync(broker, Never);

        Assert.Equal(commitsAfter, (await KeysAsync()).Count);
        await AssertHoldsAsync(broker, 10 + commitsAfter);
        await ProduceAsync(broker, 10 + commitsAfter, 2);
        await AssertHoldsAsync(broker, 12 + commitsAfter);
    }

    [Fact]
    public async Task A_retry_is_recognised_by_what_only_a_checkpoint_tells()
    {
        With(Eager);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 0, "a"));
        await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 1, "b"));
        await UntilRolledUpAsync();
        broker = await RestartAsync(broker, Never);

        Assert.Equal(1, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 1, "b")));
        Assert.Equal(2, await broker.MustProduceAsync("orders", 0, Batches.Idempotent(7, 0, 2, "c")));
        Assert.Equal(["a", "b", "c"], await broker.ReadValuesAsync("orders"));
    }

    [Fact]
    public async Task A_broker_that_follows_forgets_nothing_when_keys_go_into_a_checkpoint_and_everything_when_that_goes()
    {
        With(Eager);
        var leader = await _cluster.StartAsync();
        var reader = await _cluster.StartReaderAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        await ProduceAsync(leader, 0, 10);
        await UntilRolledUpAsync();
        await reader.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);

        Assert.Equal(10, reader.Node.Services.Cluster.WalObjects.Count);
        Assert.Empty(reader.Node.Services.Cluster.Commits.Keys);
        await AssertHoldsAsync(reader, 10);

        // Merging makes the checkpoints useless.
        var broker = await RestartAsync(leader, Eager, segmentBytes: 1);
        await UntilNothingIsRolledUpAsync(broker);
        await reader.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
        Assert.Empty(reader.Node.Services.Cluster.WalObjects);
        Assert.Equal(0, reader.Faults.Count(StoreOperation.ObjectRead, "/checkpoint/"));
        await AssertHoldsAsync(reader, 10);
    }

    [Fact]
    public async Task What_dead_sessions_have_left_is_rolled_up_and_goes_when_it_is_merged()
    {
        With(Never);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        for (var session = 0; session < 3; session++)
        {
            await ProduceAsync(broker, session * 4, 4);
            broker = await RestartAsync(broker, session < 2 ? Never : Eager);
        }

        await UntilRolledUpAsync();
        await broker.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
        Assert.Equal(3, broker.Node.Services.Cluster.Commits.Checkpoints.Count);
        await AssertHoldsAsync(broker, 12);

        broker = await RestartAsync(broker, Eager, segmentBytes: 1);
        await UntilNothingIsRolledUpAsync(broker);
        await AssertHoldsAsync(broker, 12);
        Assert.Empty(await _cluster.WalObjectsAsync());

        // Of the live session at most the place is left up to which it has rolled up.
        Assert.All(
            await _cluster.MetadataUnderAsync(_cluster.Keys.Checkpoints),
            entry => Assert.Equal(_cluster.Keys.CheckpointsOf(SessionOf(broker)), entry.Key));
    }

    [Fact]
    public async Task A_broker_can_start_while_another_rolls_up_merges_and_drops_checkpoints()
    {
        With(Eager);
        var leader = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2, ("segment.bytes", "300"));
        var produced = 0;
        for (var round = 0; round < 15; round++)
        {
            var starting = _cluster.StartReaderAsync(brokerId: 2 + round);
            await ProduceAsync(leader, produced, 10);
            produced += 10;
            var reader = await starting;
            await reader.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
            await AssertHoldsAsync(reader, produced);
            await reader.DisposeAsync();
        }

        await AssertHoldsAsync(leader, produced);
    }

    [Fact]
    public async Task A_checkpoint_that_is_dropped_while_a_broker_starts_is_not_missed()
    {
        With(Eager);
        var leader = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        await ProduceAsync(leader, 0, 4);
        await UntilRolledUpAsync();
        Block? read = null;
        var reading = _cluster.StartAsync(
            faults => read = faults.Block(StoreOperation.ObjectRead, "/checkpoint/"),
            options => options with { BrokerId = 2, Roles = Configuration.BrokerRoles.Read, Cluster = options.Cluster with { NodeId = 2 } });
        await TestBroker.UntilAsync(() => read is not null);
        await read!.Reached;

        var broker = await RestartAsync(leader, Eager, segmentBytes: 1);
        await UntilNothingIsRolledUpAsync(broker);
        read.Release();

        var reader = await reading;
        await AssertHoldsAsync(reader, 4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_broker_does_not_start_on_a_checkpoint_that_is_lost_or_damaged(bool isDamaged)
    {
        With(Eager);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        await UntilRolledUpAsync();
        await broker.StopAsync();
        var key = Assert.Single(await CheckpointObjectsAsync());
        await _cluster.Objects.DeleteAsync([key], TestCluster.Cancelled);
        if (isDamaged)
        {
            await _cluster.Objects.PutAsync(key, new ReadOnlySequence<byte>(new byte[100]), PutCondition.None, TestCluster.Cancelled);
        }

        var refusal = await Assert.ThrowsAsync<CorruptObjectException>(() => _cluster.StartAsync());
        Assert.Contains(isDamaged ? "CRC" : "missing", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_commit_that_comes_again_after_it_was_rolled_up_is_harmless()
    {
        With(Eager);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        var checkpoint = broker.Faults.Block(StoreOperation.ObjectPut, "/checkpoint/");
        await ProduceAsync(broker, 0, 2);
        var known = broker.Node.Services.Cluster.WalObjects.Values.OrderBy(one => one.Reference.Session).ThenBy(one => one.Reference.Sequence).First().Reference;
        var commit = await ReadCommitAsync(known);
        checkpoint.Release();
        await UntilRolledUpAsync();

        // As where the answer to a first attempt was lost, and the request waited in a connection.
        await _cluster.Metadata.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Put(_cluster.Keys.Commit(known.Session, known.Sequence), commit.ToByteArray())] }, TestCluster.Cancelled);
        await broker.Node.Services.Follower.CatchUpAsync(TestCluster.Cancelled);
        await AssertHoldsAsync(broker, 2);
        await AssertHoldsAsync(await _cluster.StartReaderAsync(), 2);

        await ProduceAsync(broker, 2, 2);
        await UntilRolledUpAsync();
        broker = await RestartAsync(broker, Eager, segmentBytes: 1);
        await UntilNothingIsRolledUpAsync(broker);
        await AssertHoldsAsync(broker, 4);
        Assert.Empty(await KeysAsync());
        Assert.Empty(await _cluster.WalObjectsAsync());
    }

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_not_rolled_up_before_it_is_known()
    {
        With(Eager);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders");
        await broker.MustProduceAsync("orders", "a");
        broker.Faults.FailAfter(StoreOperation.MetadataCommit, "/commits/", times: 3);
        await broker.MustProduceAsync("orders", "b");
        await UntilRolledUpAsync();
        await broker.MustProduceAsync("orders", "c");
        broker = await RestartAsync(broker, Never);
        Assert.Equal(["a", "b", "c"], await broker.ReadValuesAsync("orders"));
    }

    [Theory]
    [InlineData(StoreOperation.ObjectPut, "/checkpoint/", true)]
    [InlineData(StoreOperation.ObjectPut, "/checkpoint/", false)]
    [InlineData(StoreOperation.MetadataCommit, "/checkpoints/", true)]
    [InlineData(StoreOperation.MetadataCommit, "/checkpoints/", false)]
    [InlineData(StoreOperation.MetadataRange, "/checkpoints/", false)]
    [InlineData(StoreOperation.MetadataRange, "/commits/", false)]
    public async Task A_failing_step_is_tried_again_and_makes_one_checkpoint(StoreOperation operation, string keys, bool isApplied)
    {
        With(Never);
        var broker = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        await ProduceAsync(broker, 0, 6);
        broker = await RestartAsync(broker, Eager, arrange: faults => _ = isApplied ? faults.FailAfter(operation, keys, 3) : faults.FailBefore(operation, keys, 3));

        await UntilRolledUpAsync();
        await AssertHoldsAsync(broker, 6);
        await AssertHoldsAsync(await RestartAsync(broker, Never), 6);
        Assert.Single(await CheckpointObjectsAsync());
    }

    [Fact]
    public async Task A_session_that_has_ended_rolls_nothing_up_any_more()
    {
        With(Eager);
        var zombie = await _cluster.StartAsync();
        await _cluster.CreateTopicAsync("orders", 2);
        var upload = zombie.Faults.Block(StoreOperation.ObjectPut, "/checkpoint/");
        await ProduceAsync(zombie, 0, 2);
        await upload.Reached;

        // And does not come back, or it would share the work in its next session.
        zombie.Faults.FailBefore(StoreOperation.MetadataCommit, "/sessions/1", int.MaxValue);
        await zombie.ExpireSessionAsync();
        With(Eager with { Interval = TimeSpan.FromHours(1) });
        var successor = await _cluster.StartAsync(with: options => options with { BrokerId = 2, Cluster = options.Cluster with { NodeId = 2 } });
        await successor.UntilLeadingAsync("orders");
        upload.Release();
        await zombie.StopAsync();

        Assert.Equal(2, (await KeysAsync()).Count);
        Assert.Empty(await _cluster.MetadataUnderAsync(_cluster.Keys.Checkpoints));
        await AssertHoldsAsync(successor, 2);
    }

    [Fact]
    public async Task Slices_are_in_the_order_of_their_offsets_however_sessions_took_turns()
    {
        With(Never);
        var first = await _cluster.StartAsync();
        var topicId = await _cluster.CreateTopicAsync("orders");
        await first.MustProduceAsync("orders", "0");
        var known = await ReadCommitAsync(Assert.Single(first.Node.Services.Cluster.WalObjects).Value.Reference);
        await first.StopAsync();

        // Sessions 9, 3 and 9 again, all of them known only by what they have left.
        await CommitAsync(9, 1, 1);
        await CommitAsync(3, 1, 2);
        await CommitAsync(9, 2, 3);
        var broker = await _cluster.StartAsync();
        Assert.Equal([0L, 1, 2, 3], broker.Log("orders").Tail.Select(slice => slice.BaseOffset));

        async Task CommitAsync(long session, long sequence, long offset)
        {
            var commit = known.Clone();
            commit.Topics[0].Slices[0].BaseOffset = offset;
            commit.Topics[0].Slices[0].EndOffset = offset + 1;
            await _cluster.Metadata.CommitAsync(
                new MetadataTransaction { Then = [new Operation.Put(_cluster.Keys.Commit(session, sequence), commit.ToByteArray())] }, TestCluster.Cancelled);
        }
    }

    private async Task<CommitRecord> ReadCommitAsync(WalObjectReference walObject)
    {
        var key = KeyRange.Key(_cluster.Keys.Commit(walObject.Session, walObject.Sequence));
        var read = await _cluster.Metadata.RangeAsync(key, 0, 0, TestCluster.Cancelled);
        return CommitRecord.Parser.ParseFrom(Assert.Single(read.Entries).Value.Span);
    }

    private void With(CheckpointOptions checkpoints) => _cluster.Options = _cluster.Options with { Checkpoints = checkpoints };

    private static long SessionOf(TestBroker broker) => broker.Node.Services.Cluster.Brokers[1].Session;

    private async Task<TestBroker> RestartAsync(TestBroker broker, CheckpointOptions checkpoints, int? segmentBytes = null, Action<Faults>? arrange = null)
    {
        With(checkpoints);
        broker.Faults.Cut();
        await broker.ExpireSessionAsync();
        await broker.DisposeAsync();
        var next = await _cluster.StartAsync(arrange, options => segmentBytes is not { } bytes ? options : options with
        {
            Cluster = options.Cluster with { TopicDefaults = options.Cluster.TopicDefaults with { SegmentBytes = bytes } },
        });
        await next.UntilLeadingAsync("orders");
        return next;
    }

    // In two partitions in turn.
    private static async Task ProduceAsync(TestBroker broker, int first, int count)
    {
        for (var i = first; i < first + count; i++)
        {
            await broker.MustProduceAsync("orders", i % 2, Batches.Of($"{i}"));
        }
    }

    private static async Task AssertHoldsAsync(TestBroker broker, int count)
    {
        for (var partition = 0; partition < 2; partition++)
        {
            Assert.Equal(
                Enumerable.Range(0, count).Where(i => i % 2 == partition).Select(i => $"{i}"),
                await broker.ReadValuesAsync("orders", partition));
        }
    }

    private async Task<IReadOnlyList<MetadataEntry>> KeysAsync() => await _cluster.MetadataUnderAsync(_cluster.Keys.Commits);

    private Task<List<string>> CheckpointObjectsAsync() => _cluster.ObjectsUnderAsync(_cluster.ObjectKeys.CheckpointPrefix);

    private Task UntilRolledUpAsync() => TestBroker.UntilAsync(async () => await KeysAsync() is []);

    private Task UntilNothingIsRolledUpAsync(TestBroker broker) => TestBroker.UntilAsync(async () =>
        await CheckpointObjectsAsync() is []
        && await KeysAsync() is []
        && broker.Node.Services.Cluster.Commits.Checkpoints.Values.All(list => list.Record.Checkpoints.Count == 0));
}
