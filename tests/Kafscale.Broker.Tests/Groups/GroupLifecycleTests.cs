using Google.Protobuf;
using Kafscale.Broker.Groups;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

public sealed class GroupLifecycleTests
{
    [Fact]
    public async Task Members_keep_their_place_over_a_fail_over()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var member = await harness.MakeStableAsync("g");

        await harness.FailOverAsync();

        Assert.Equal(ErrorCode.None, harness.ShardOf("g").Heartbeat("g", member.MemberId, null, 1));
        var synced = await harness.ShardOf("g").SyncAsync("g", new SyncGroupCommand { MemberId = member.MemberId, Generation = 1 });
        Assert.Equal(GroupHarness.Assignment(member.MemberId).ToArray(), synced.Assignment.ToArray());
    }

    [Fact]
    public async Task Members_that_do_not_come_to_the_new_coordinator_are_removed_after_their_session_timeout()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.MakeStableAsync("g");
        harness.Time.Advance(TimeSpan.FromSeconds(8));
        await harness.FailOverAsync();

        harness.Time.Advance(TimeSpan.FromMilliseconds(9_999));
        Assert.Equal(ClassicGroupState.Stable, harness.ShardOf("g").Describe("g")!.State);
        harness.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(ClassicGroupState.Empty, harness.ShardOf("g").Describe("g")!.State);
    }

    [Fact]
    public async Task A_rebalance_that_a_fail_over_cuts_short_leaves_the_last_stable_generation()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var member = await harness.MakeStableAsync("g");
        var rejoined = await harness.JoinAsync("g", GroupHarness.Command(member.MemberId));
        Assert.Equal(2, rejoined.Generation);

        await harness.FailOverAsync();

        Assert.Equal(ErrorCode.IllegalGeneration, harness.ShardOf("g").Heartbeat("g", member.MemberId, null, 2));
        Assert.Equal(2, (await harness.JoinAsync("g", GroupHarness.Command(member.MemberId))).Generation);
    }

    [Fact]
    public async Task Those_who_wait_are_told_when_the_session_ends()
    {
        await using var harness = await CoordinatorHarness.StartAsync(new GroupOptions { InitialRebalanceDelayMs = 3_000 });
        var joining = harness.JoinAsync("g", GroupHarness.Command() with { RequiresKnownMemberId = false });

        await harness.EndSessionAsync();

        Assert.Equal(ErrorCode.NotCoordinator, (await joining).Error);
    }

    [Fact]
    public async Task Letting_go_of_the_groups_stores_what_was_begun_first()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        harness.Store.Close();
        var commit = harness.CommitAsync("g", topic, 0, 1);
        var unloading = harness.Coordinator.UnloadAllAsync(CancellationToken.None);

        Assert.Equal(ErrorCode.NotCoordinator, harness.Coordinator.FindShard("g", out _));
        harness.Store.Open();
        await unloading;

        Assert.Equal(ErrorCode.None, await commit);
        await harness.Coordinator.LoadAsync(harness.Session, CoordinatorShards.All, CancellationToken.None);
        Assert.Equal(1, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task Nothing_is_served_before_the_groups_are_read()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.CrashAsync();
        Assert.Equal(ErrorCode.NotCoordinator, harness.Coordinator.FindShard("g", out _));
        await harness.RegisterAsync();

        var finishLoadingAsync = harness.BeginLoading();
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, harness.Coordinator.FindShard("g", out _));
        await finishLoadingAsync();

        Assert.Equal(ErrorCode.None, harness.Coordinator.FindShard("g", out _));
    }

    [Fact]
    public async Task Reading_the_groups_is_repeated_until_the_store_answers()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        await harness.CrashAsync();
        await harness.RegisterAsync();
        harness.Store.FailNextRead();

        var loading = harness.Coordinator.LoadAsync(harness.Session, CoordinatorShards.All, CancellationToken.None);
        await harness.Time.PassUntilAsync(loading);

        Assert.Equal(1, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task Giving_up_to_read_the_groups_leaves_them_to_others()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.CrashAsync();
        await harness.RegisterAsync();
        harness.Store.Reads = new TaskCompletionSource().Task;
        using var giveUp = new CancellationTokenSource();

        var loading = harness.Coordinator.LoadAsync(harness.Session, CoordinatorShards.All, giveUp.Token);
        await giveUp.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);
        Assert.Equal(ErrorCode.NotCoordinator, harness.Coordinator.FindShard("g", out _));
    }

    [Fact]
    public async Task A_group_id_that_is_too_long_for_the_store_is_refused()
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        Assert.Equal(ErrorCode.InvalidGroupId, harness.Coordinator.FindShard(new string('x', 1_000), out _));
        Assert.Equal(ErrorCode.None, harness.Coordinator.FindShard(new string('x', 900), out _));
    }

    [Fact]
    public async Task Ids_that_only_differ_by_slashes_and_percent_signs_are_different_groups()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        string[] groupIds = ["a", "a/", "a/b", "a%2Fb", "/", "%", "", ".."];
        for (var i = 0; i < groupIds.Length; i++)
        {
            Assert.Equal(ErrorCode.None, await harness.CommitAsync(groupIds[i], topic, 0, i));
        }

        Assert.Equal(ErrorCode.None, await harness.ShardOf("a").DeleteGroupAsync("a"));
        await harness.FailOverAsync();

        Assert.Equal(groupIds[1..].Order(StringComparer.Ordinal), harness.List().Select(group => group.GroupId).Order(StringComparer.Ordinal));
        Assert.Equal(3, harness.Find("a%2Fb", topic, 0));
    }

    [Fact]
    public async Task A_group_that_never_came_to_anything_leaves_nothing_behind()
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        await harness.JoinAsync("g", GroupHarness.Command());
        Assert.Single(harness.List());
        harness.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.Empty(harness.List());
        Assert.Empty(await harness.ReadAsync(harness.Keys.Groups));
    }

    [Fact]
    public async Task When_the_last_member_has_left_that_is_durable_before_it_is_told()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var member = await harness.MakeStableAsync("g");
        harness.Store.Close();

        var leaving = harness.ShardOf("g").LeaveAsync("g", [new LeavingMember(member.MemberId, null, null)]);
        Assert.False(leaving.IsCompleted);
        harness.Store.Open();

        Assert.Equal([ErrorCode.None], await leaving);
        await harness.FailOverAsync();
        Assert.Equal(ClassicGroupState.Empty, harness.ShardOf("g").Describe("g")!.State);
    }

    [Fact]
    public async Task Heartbeats_write_nothing()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var member = await harness.MakeStableAsync("g");
        harness.Store.Transactions.Clear();

        for (var i = 0; i < 100; i++)
        {
            harness.Time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(ErrorCode.None, harness.ShardOf("g").Heartbeat("g", member.MemberId, null, 1));
        }

        Assert.Empty(harness.Store.Transactions);
    }

    [Fact]
    public async Task A_deleted_group_is_gone_with_its_offsets()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        var member = await harness.MakeStableAsync("g");
        await harness.CommitAsync("g", topic, 0, 1, member.MemberId, 1);
        Assert.Equal(ErrorCode.NonEmptyGroup, await harness.ShardOf("g").DeleteGroupAsync("g"));
        await harness.ShardOf("g").LeaveAsync("g", [new LeavingMember(member.MemberId, null, null)]);

        Assert.Equal(ErrorCode.None, await harness.ShardOf("g").DeleteGroupAsync("g"));

        Assert.Equal(ErrorCode.GroupIdNotFound, await harness.ShardOf("g").DeleteGroupAsync("g"));
        Assert.Null(harness.ShardOf("g").Describe("g"));
        Assert.Empty(await harness.ReadAsync(harness.Keys.Groups));
        Assert.Empty(await harness.ReadAsync(harness.Keys.Offsets));
    }

    [Fact]
    public async Task A_group_that_is_being_deleted_takes_nobody_in_until_it_is_gone()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        harness.Store.Close();
        var deleting = harness.ShardOf("g").DeleteGroupAsync("g");

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await harness.JoinAsync("g", GroupHarness.Command())).Error);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await harness.CommitAsync("g", topic, 0, 2));
        harness.Store.Open();
        Assert.Equal(ErrorCode.None, await deleting);

        Assert.Equal(ErrorCode.None, await harness.CommitAsync("g", topic, 0, 3));
        Assert.Equal(3, harness.Find("g", topic, 0));
    }

    [Fact]
    public async Task Offsets_of_a_group_that_never_had_members_expire_by_their_commit()
    {
        await using var harness = await StartWithRetentionAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        await PassAsync(harness, minutes: 9);
        await harness.CommitAsync("g", topic, 1, 1);

        await PassAsync(harness, minutes: 2);
        await UntilAsync(() => harness.Find("g", topic, 0) is null);
        Assert.Equal(1, harness.Find("g", topic, 1));
        await PassAsync(harness, minutes: 9);

        await UntilAsync(() => harness.List().Count == 0);
        Assert.Empty(await harness.ReadAsync(harness.Keys.Offsets));
    }

    [Fact]
    public async Task Offsets_of_a_group_with_members_do_not_expire_and_count_from_when_the_last_one_left()
    {
        await using var harness = await StartWithRetentionAsync();
        var topic = harness.Topics.Add("t");
        var member = await harness.MakeStableAsync("g", GroupHarness.Command() with { SessionTimeoutMs = 1_800_000 });
        await harness.CommitAsync("g", topic, 0, 1, member.MemberId, 1);
        await PassAsync(harness, minutes: 15);
        await harness.ShardOf("g").LeaveAsync("g", [new LeavingMember(member.MemberId, null, null)]);

        await PassAsync(harness, minutes: 9);
        Assert.Equal(1, harness.Find("g", topic, 0));
        await PassAsync(harness, minutes: 2);

        await UntilAsync(() => harness.List().Count == 0);
        Assert.Empty(await harness.ReadAsync(harness.Keys.Groups));
    }

    [Fact]
    public async Task A_retention_time_that_the_client_asked_for_counts_instead()
    {
        await using var harness = await StartWithRetentionAsync();
        var topic = harness.Topics.Add("t");
        var nowMs = harness.Time.GetUtcNow().ToUnixTimeMilliseconds();
        await harness.ShardOf("g").CommitOffsetsAsync("g", OffsetCommitter.NoMember,
            [new(new OffsetKey(topic, 0), new CommittedOffset(1, -1, "", nowMs, nowMs + 60_000)), harness.Offset(topic, 1, 1)]);

        await PassAsync(harness, minutes: 2);

        await UntilAsync(() => harness.Find("g", topic, 0) is null);
        Assert.Equal(1, harness.Find("g", topic, 1));
    }

    [Fact]
    public async Task An_empty_group_without_offsets_disappears()
    {
        await using var harness = await StartWithRetentionAsync();
        var member = await harness.MakeStableAsync("g");
        await harness.ShardOf("g").LeaveAsync("g", [new LeavingMember(member.MemberId, null, null)]);
        Assert.Single(harness.List());

        await PassAsync(harness, minutes: 1);

        await UntilAsync(() => harness.List().Count == 0);
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_is_missing_twice_in_a_row_go()
    {
        await using var harness = await StartWithRetentionAsync();
        var topic = harness.Topics.Add("t");
        var other = harness.Topics.Add("other");
        await harness.CommitAsync("g", topic, 0, 1);
        await harness.CommitAsync("g", other, 0, 1);
        harness.Topics.Remove("t");

        await PassAsync(harness, minutes: 1);
        Assert.Equal(1, harness.Find("g", topic, 0));
        await PassAsync(harness, minutes: 1);

        await UntilAsync(() => harness.Find("g", topic, 0) is null);
        Assert.Equal(1, harness.Find("g", other, 0));
    }

    [Fact]
    public async Task A_group_whose_check_fails_keeps_nothing_of_the_others_and_is_checked_again()
    {
        await using var harness = await StartWithRetentionAsync();
        var topic = harness.Topics.Add("t");
        var broken = harness.Topics.Add("broken");
        await harness.CommitAsync("bad", broken, 0, 1);
        await harness.CommitAsync("good", topic, 0, 1);
        harness.Topics.Broken = broken;

        await PassAsync(harness, minutes: 11);
        await UntilAsync(() => harness.Find("good", topic, 0) is null);
        Assert.Equal(1, harness.Find("bad", broken, 0));

        harness.Topics.Broken = null;
        await PassAsync(harness, minutes: 1);
        await UntilAsync(() => harness.List().Count == 0);
    }

    [Fact]
    public async Task What_can_not_be_read_is_passed_over_and_kept()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("good", topic, 0, 1);
        await harness.Store.CommitAsync(
            new MetadataTransaction
            {
                Then =
                [
                    new Operation.Put(harness.Keys.Groups + "bad", new byte[] { 0xff }),
                    new Operation.Put(harness.Keys.Groups + "elsewhere", new GroupRecord { GroupId = "good" }.ToByteArray()),
                    new Operation.Put($"{harness.Keys.Offsets}bad/{topic:n}/0", new byte[] { 0xff }),
                    new Operation.Put($"{harness.Keys.Offsets}bad/nonsense", Array.Empty<byte>()),
                ],
            },
            CancellationToken.None);

        await harness.FailOverAsync();

        Assert.Equal(1, harness.Find("good", topic, 0));
        Assert.Equal(2, (await harness.ReadAsync(harness.Keys.Groups)).Count);
    }

    [Fact]
    public async Task More_groups_and_offsets_than_one_page_are_read()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var topic = harness.Topics.Add("t", 3);
        var commits = Enumerable.Range(0, 1_100).Select(i =>
            harness.ShardOf($"g{i}").CommitOffsetsAsync($"g{i}", OffsetCommitter.NoMember, [.. Enumerable.Range(0, 3).Select(p => harness.Offset(topic, p, i))]));
        Assert.All(await Task.WhenAll(commits), error => Assert.Equal(ErrorCode.None, error));

        await harness.FailOverAsync();

        Assert.Equal(1_100, harness.List().Count);
        Assert.Equal(1_099, harness.Find("g1099", topic, 2));
    }

    [Fact]
    public async Task A_group_too_large_to_store_gets_an_error_and_not_an_assignment()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var command = GroupHarness.Command() with { Protocols = [new GroupProtocol("range", new byte[1_200_000])], RequiresKnownMemberId = false };
        var joined = await harness.JoinAsync("g", command);

        var synced = await harness.ShardOf("g").SyncAsync("g", new SyncGroupCommand { MemberId = joined.MemberId, Generation = 1 });

        Assert.Equal(ErrorCode.UnknownServerError, synced.Error);
    }

    private static Task<CoordinatorHarness> StartWithRetentionAsync() => CoordinatorHarness.StartAsync(new GroupOptions
    {
        InitialRebalanceDelayMs = 0,
        OffsetsRetentionMinutes = 10,
        OffsetsRetentionCheckIntervalMs = 60_000,
    });

    /// <summary>Lets the check of every minute run, one after the other.</summary>
    private static async Task PassAsync(CoordinatorHarness harness, int minutes)
    {
        for (var i = 0; i < minutes; i++)
        {
            var checks = harness.Coordinator.RetentionChecks;
            harness.Time.Advance(TimeSpan.FromMinutes(1));
            await UntilAsync(() => harness.Coordinator.RetentionChecks > checks);
        }
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }
}
