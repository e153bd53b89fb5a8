using Kafscale.Broker.Groups;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

public sealed class GroupOffsetsTests
{
    [Fact]
    public async Task A_committed_offset_is_found_and_another_partition_has_none()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");

        Assert.Equal(ErrorCode.None, await harness.CommitAsync("g", topic, 1, 42));

        Assert.Equal(42, harness.Find("g", topic, 1));
        Assert.Null(harness.Find("g", topic, 0));
        Assert.Null(harness.Find("other", topic, 1));
    }

    [Fact]
    public async Task Offsets_outlive_their_coordinator_with_all_that_goes_with_them()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.ShardOf("g/ü").CommitOffsetsAsync("g/ü", OffsetCommitter.NoMember,
        [
            new(new OffsetKey(topic, 0), new CommittedOffset(7, 5, "text", 1_000)),
            new(new OffsetKey(topic, 1), new CommittedOffset(8, -1, "", 1_001, 2_000)),
        ]);

        await harness.FailOverAsync();

        Assert.Equal(new CommittedOffset(7, 5, "text", 1_000), harness.ShardOf("g/ü").FindOffset("g/ü", new OffsetKey(topic, 0)));
        Assert.Equal(new CommittedOffset(8, -1, "", 1_001, 2_000), harness.ShardOf("g/ü").FindOffset("g/ü", new OffsetKey(topic, 1)));
    }

    [Fact]
    public async Task An_offset_is_neither_acknowledged_nor_shown_before_it_is_durable()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        harness.Store.Close();

        var commit = harness.CommitAsync("g", topic, 0, 2);
        Assert.Equal(1, harness.Find("g", topic, 0));
        Assert.False(commit.IsCompleted);
        harness.Store.Open();

        Assert.Equal(ErrorCode.None, await commit);
        Assert.Equal(2, harness.Find("g", topic, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_transaction_of_unknown_outcome_is_brought_to_its_end(bool applied)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        harness.Store.FailNext(applied);

        var commit = harness.CommitAsync("g", topic, 0, 5);
        await harness.Time.PassUntilAsync(commit);

        Assert.Equal(ErrorCode.None, await commit);
        Assert.Equal(ErrorCode.None, await harness.CommitAsync("g", topic, 0, 6));
        await harness.FailOverAsync();
        Assert.Equal(6, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task A_transaction_that_the_store_gets_to_late_does_not_undo_a_later_one()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        harness.Store.FailNext(applied: false);
        var commit = harness.CommitAsync("g", topic, 0, 5);
        await harness.Time.PassUntilAsync(commit);
        await harness.CommitAsync("g", topic, 0, 6);

        var late = await harness.Store.CommitAsync(Assert.Single(harness.Store.Unapplied), CancellationToken.None);

        Assert.False(late.Succeeded);
        await harness.FailOverAsync();
        Assert.Equal(6, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_in_time_is_an_error_that_clients_repeat()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        harness.Store.Close();

        var commit = harness.CommitAsync("g", topic, 0, 5);
        harness.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await commit);
    }

    [Fact]
    public async Task A_commit_after_the_session_has_ended_is_refused_and_changes_nothing()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        var shard = harness.ShardOf("g");
        harness.Store.Close();
        var commit = harness.CommitAsync("g", topic, 0, 2);

        await harness.EndSessionAsync();
        harness.Store.Open();

        Assert.Equal(ErrorCode.NotCoordinator, await commit);
        Assert.Equal(ErrorCode.NotCoordinator, harness.Coordinator.FindShard("g", out _));
        Assert.NotEqual(ErrorCode.None, await shard.CommitOffsetsAsync("g", OffsetCommitter.NoMember, [harness.Offset(topic, 0, 3)]));
        await harness.FailOverAsync();
        Assert.Equal(1, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task Commits_that_come_while_one_is_under_way_share_a_transaction()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        harness.Store.Close();
        var first = harness.CommitAsync("first", topic, 0, 1);
        await WaitForGateAsync(harness);
        harness.Store.Transactions.Clear();

        var commits = Enumerable.Range(0, 100).Select(i => harness.CommitAsync($"g{i % 50}", topic, 0, i)).ToList();
        harness.Store.Open();
        await Task.WhenAll([first, .. commits]);

        // 50 groups, each with two commits of the same key, and the writer keys of their shards.
        var shards = Enumerable.Range(0, 50).Select(i => CoordinatorShards.Of($"g{i}")).Distinct().Count();
        Assert.Equal(50 + shards, Assert.Single(harness.Store.Transactions).Then.Count);
        Assert.Equal(99, harness.Find("g49", topic, 0));
    }

    [Fact]
    public async Task A_commit_of_many_partitions_is_spread_over_transactions_within_the_limits()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t", 1_000);
        var offsets = Enumerable.Range(0, 1_000).Select(i => harness.Offset(topic, i, i)).ToList();
        harness.Store.Transactions.Clear();

        Assert.Equal(ErrorCode.None, await harness.ShardOf("g").CommitOffsetsAsync("g", OffsetCommitter.NoMember, offsets));

        Assert.All(harness.Store.Transactions, transaction => Assert.True(transaction.Then.Count <= MetadataLimits.OperationsPerTransaction));
        Assert.Equal(8, harness.Store.Transactions.Count);
        await harness.FailOverAsync();
        Assert.Equal(1_000, harness.ShardOf("g").ListOffsets("g").Count);
    }

    [Fact]
    public async Task A_commit_of_large_metadata_is_spread_over_transactions_within_the_limits()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t", 500);
        var text = new string('€', 4_096);
        var offsets = Enumerable.Range(0, 500).Select(i => KeyValuePair.Create(new OffsetKey(topic, i), new CommittedOffset(i, 0, text, 0))).ToList();

        Assert.Equal(ErrorCode.None, await harness.ShardOf("g").CommitOffsetsAsync("g", OffsetCommitter.NoMember, offsets));
        Assert.Equal(500, harness.ShardOf("g").ListOffsets("g").Count);
    }

    [Fact]
    public async Task More_than_may_wait_is_refused_with_an_error_that_clients_repeat()
    {
        await using var harness = await CoordinatorHarness.StartAsync(new GroupOptions { MaxQueuedOperations = 10 });
        var topic = harness.Topics.Add("t", 100);
        harness.Store.Close();
        var first = harness.CommitAsync("g", topic, 0, 1);
        await WaitForGateAsync(harness);
        var second = harness.ShardOf("g").CommitOffsetsAsync("g", OffsetCommitter.NoMember, [.. Enumerable.Range(0, 10).Select(i => harness.Offset(topic, i, 1))]);

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await harness.CommitAsync("g", topic, 50, 1));
        harness.Store.Open();

        Assert.Equal(ErrorCode.None, await first);
        Assert.Equal(ErrorCode.None, await second);
    }

    [Fact]
    public async Task A_generation_of_a_group_that_does_not_exist_is_refused_and_makes_no_group()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");

        Assert.Equal(ErrorCode.GroupIdNotFound, await harness.CommitAsync("g", topic, 0, 1, "m", 3));
        Assert.Empty(harness.List());
    }

    [Fact]
    public async Task Members_commit_in_their_generation_alone()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        var member = await harness.MakeStableAsync("g");

        Assert.Equal(ErrorCode.None, await harness.CommitAsync("g", topic, 0, 1, member.MemberId, 1));
        Assert.Equal(ErrorCode.IllegalGeneration, await harness.CommitAsync("g", topic, 0, 2, member.MemberId, 2));
        Assert.Equal(ErrorCode.UnknownMemberId, await harness.CommitAsync("g", topic, 0, 2));
        Assert.Equal(1, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task Deleted_offsets_are_gone_for_good()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        await harness.CommitAsync("g", topic, 1, 1);

        var (error, subscribed) = await harness.ShardOf("g").DeleteOffsetsAsync("g", [new OffsetKey(topic, 0), new OffsetKey(topic, 3)]);

        Assert.Equal((ErrorCode.None, 0), (error, subscribed.Count));
        Assert.Null(harness.Find("g", topic, 0));
        await harness.FailOverAsync();
        Assert.Null(harness.Find("g", topic, 0));
        Assert.Equal(1, harness.Find("g", topic, 1));
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_members_consume_from_are_not_deleted()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var used = harness.Topics.Add("used");
        var unused = harness.Topics.Add("unused");
        await harness.CommitAsync("g", used, 0, 1);
        await harness.CommitAsync("g", unused, 0, 1);
        byte[] subscription = [0, 1, 0, 0, 0, 1, 0, 4, .. "used"u8, 0, 0, 0, 0];
        await harness.MakeStableAsync("g", GroupHarness.Command() with { Protocols = [new GroupProtocol("range", subscription)] });

        var (error, subscribed) = await harness.ShardOf("g").DeleteOffsetsAsync("g", [new OffsetKey(used, 0), new OffsetKey(unused, 0)]);

        Assert.Equal(ErrorCode.None, error);
        Assert.Equal([used], subscribed);
        Assert.Equal(1, harness.Find("g", used, 0));
        Assert.Null(harness.Find("g", unused, 0));
    }

    [Fact]
    public async Task Where_a_subscription_can_not_be_read_no_offset_is_deleted()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        await harness.MakeStableAsync("g");

        var (_, subscribed) = await harness.ShardOf("g").DeleteOffsetsAsync("g", [new OffsetKey(topic, 0)]);

        Assert.Equal([topic], subscribed);
    }

    [Fact]
    public async Task Offsets_of_a_group_of_another_kind_with_members_are_not_deleted()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.MakeStableAsync("g", GroupHarness.Command() with { ProtocolType = "connect" });

        Assert.Equal(ErrorCode.NonEmptyGroup, (await harness.ShardOf("g").DeleteOffsetsAsync("g", [new OffsetKey(topic, 0)])).Error);
        Assert.Equal(ErrorCode.GroupIdNotFound, (await harness.ShardOf("none").DeleteOffsetsAsync("none", [new OffsetKey(topic, 0)])).Error);
    }

    [Fact]
    public async Task The_offsets_of_a_deleted_topic_go_and_one_of_the_same_name_has_none()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.MakeStableAsync("g");
        var member = Assert.Single(harness.ShardOf("g").Describe("g")!.Members).MemberId;
        await harness.CommitAsync("g", topic, 0, 9, member, 1);

        harness.Topics.Remove("t");
        var recreated = harness.Topics.Add("t");
        harness.Coordinator.RemoveTopics(new HashSet<Guid> { topic });
        await harness.CommitAsync("g", recreated, 1, 1, member, 1);

        Assert.Null(harness.Find("g", recreated, 0));
        Assert.Null(harness.Find("g", topic, 0));
        Assert.Single(await harness.ReadAsync(harness.Keys.Offsets));
    }

    [Fact]
    public async Task A_write_under_a_session_that_another_writer_uses_too_ends_the_coordinator()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        await harness.Store.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Put(new GroupKeys(harness.Keys).Writer(CoordinatorShards.Of("g")), new byte[] { 8, 1 })] }, CancellationToken.None);

        Assert.Equal(ErrorCode.NotCoordinator, await harness.CommitAsync("g", topic, 0, 2));

        await harness.FailOverAsync();
        Assert.Equal(1, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_failing_transactions_and_coordinators()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t", 5);
        var random = new Random(11);
        var acknowledged = new Dictionary<(string, int), long>();
        var attempted = new Dictionary<(string, int), long>();
        for (var round = 1; round <= 40; round++)
        {
            for (var failures = random.Next(3); failures > 0; failures--)
            {
                harness.Store.FailNext(applied: random.Next(2) == 0);
            }

            var commits = new List<((string Group, int Partition) Key, long Offset, Task<ErrorCode> Commit)>();
            for (var i = 0; i < 20; i++)
            {
                var key = ($"g{random.Next(4)}", random.Next(5));
                attempted[key] = (round * 100) + i;
                commits.Add((key, attempted[key], harness.CommitAsync(key.Item1, topic, key.Item2, attempted[key])));
            }

            var isCutShort = random.Next(3) == 0;
            var all = Task.WhenAll(commits.Select(commit => commit.Commit));
            if (isCutShort)
            {
                await harness.EndSessionAsync();
            }

            await harness.Time.PassUntilAsync(all);
            foreach (var (key, offset, commit) in commits)
            {
                Assert.True(await commit is ErrorCode.None or ErrorCode.NotCoordinator);
                if (await commit == ErrorCode.None)
                {
                    acknowledged[key] = offset;
                }
            }

            if (isCutShort)
            {
                await harness.FailOverAsync();
            }

            foreach (var (key, offset) in acknowledged)
            {
                Assert.InRange(harness.Find(key.Item1, topic, key.Item2)!.Value, offset, attempted[key]);
            }
        }
    }

    /// <summary>Waits until a transaction is on its way, so that what comes now comes after it.</summary>
    internal static async Task WaitForGateAsync(CoordinatorHarness harness)
    {
        while (harness.Store.Waiting == 0)
        {
            await Task.Yield();
        }
    }
}
