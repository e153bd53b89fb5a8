using Kafscale.Broker.Groups;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;
using static Kafscale.Broker.Tests.Groups.CoordinatingBroker;

namespace Kafscale.Broker.Tests.Groups;

public sealed class ShardMoveTests : IAsyncLifetime
{
    private readonly PauseTime _time = new();
    private readonly TopicList _topics = new();
    private readonly MemoryMetadataStore _store;
    private readonly Guid _topic;
    private CoordinatingBroker _a = null!;
    private CoordinatingBroker _b = null!;

    public ShardMoveTests()
    {
        _store = new MemoryMetadataStore(_time);
        _topic = _topics.Add("t");
    }

    private static string Group { get; } = GroupIn(7);

    private static string OtherGroup { get; } = GroupIn(8);

    public async ValueTask InitializeAsync()
    {
        _a = await CoordinatingBroker.StartAsync(1, _store, _time, _topics);
        _b = await CoordinatingBroker.StartAsync(2, _store, _time, _topics);
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task A_broker_coordinates_the_groups_of_its_shards_and_no_others()
    {
        await _a.LoadAsync(7, 9);
        await _b.LoadAsync(8);

        Assert.Equal((ErrorCode.None, ErrorCode.NotCoordinator), (_a.Find(Group), _a.Find(OtherGroup)));
        Assert.Equal((ErrorCode.NotCoordinator, ErrorCode.None), (_b.Find(Group), _b.Find(OtherGroup)));
        Assert.Equal([7, 9], _a.Coordinator.LoadedShards);
    }

    [Fact]
    public async Task A_stable_group_moves_with_its_generation_members_and_offsets()
    {
        await _a.LoadAsync(7);
        var member = await _a.MakeStableAsync(Group);
        await _a.CommitAsync(Group, _topic, 42, member.MemberId, member.Generation);

        await _a.UnloadAsync(7);
        Assert.Equal(ErrorCode.NotCoordinator, _a.Find(Group));
        await _b.LoadAsync(7);

        await AssertIsTheSameOnBAsync(member, 42);
    }

    [Fact]
    public async Task A_stable_group_survives_the_session_of_its_coordinator_and_what_that_one_still_writes_is_refused()
    {
        await _a.LoadAsync(7);
        var member = await _a.MakeStableAsync(Group);
        await _a.CommitAsync(Group, _topic, 42, member.MemberId, member.Generation);
        _a.Store.FailNext(applied: false);
        var late = _a.CommitAsync(Group, _topic, 43, member.MemberId, member.Generation);
        await UntilAsync(() => _a.Store.Unapplied.Count > 0);

        await _a.LoseSessionAsync();
        await _b.LoadAsync(7);

        Assert.Equal(ErrorCode.NotCoordinator, await late);
        Assert.False((await _store.CommitAsync(_a.Store.Unapplied[0], CancellationToken.None)).Succeeded);
        await AssertIsTheSameOnBAsync(member, 42);
    }

    [Fact]
    public async Task A_coordinator_that_has_not_heard_that_it_was_replaced_does_not_tell_positions_of_before()
    {
        await _a.LoadAsync(7);
        await _a.CommitAsync(Group, _topic, 42);
        await _store.CommitAsync(
            new MetadataTransaction { Then = [new Operation.Delete(KeyRange.Key(CoordinatingBroker.Keys.Session(1)))] }, CancellationToken.None);
        await _b.LoadAsync(7);
        await _b.CommitAsync(Group, _topic, 43);

        Assert.True(_a.Session.IsAlive);
        Assert.Equal(ErrorCode.NotCoordinator, (await FetchOffsetAsync(_a)).Error);
        Assert.Equal((ErrorCode.None, 43), await FetchOffsetAsync(_b));
    }

    [Fact]
    public async Task While_the_metadata_store_does_not_answer_whoever_asks_for_positions_is_told_to_ask_again()
    {
        await _a.LoadAsync(7);
        await _a.CommitAsync(Group, _topic, 42);

        _a.Store.FailNextRead();

        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await FetchOffsetAsync(_a)).Error);
        Assert.Equal((ErrorCode.None, 42), await FetchOffsetAsync(_a));
    }

    [Fact]
    public async Task What_is_still_on_its_way_when_a_release_is_cut_short_is_never_applied_once_the_shard_has_moved()
    {
        await _a.LoadAsync(7);
        await _a.CommitAsync(Group, _topic, 1);
        _a.Store.Close();
        var late = _a.CommitAsync(Group, _topic, 2);
        await UntilAsync(() => _a.Store.Waiting > 0);

        await _a.Coordinator.UnloadAsync([7], new CancellationToken(canceled: true));
        Assert.Equal(ErrorCode.NotCoordinator, await late);
        await _b.LoadAsync(7);
        await _b.CommitAsync(Group, _topic, 3);
        _a.Store.Open();
        await _a.LoadAsync(9);
        await _a.CommitAsync(GroupIn(9), _topic, 9);

        Assert.Equal(3, _b.FindOffset(Group, _topic));
        Assert.Equal(3, await FindStoredAsync(Group));
    }

    [Fact]
    public async Task A_shard_that_another_coordinator_has_taken_does_not_take_down_what_shared_a_transaction_with_it()
    {
        await _a.LoadAsync(7, 8);
        _a.Store.Close();
        var first = _a.CommitAsync(OtherGroup, _topic, 1);
        await UntilAsync(() => _a.Store.Waiting > 0);
        Task<ErrorCode>[] second = [_a.CommitAsync(Group, _topic, 2), _a.CommitAsync(OtherGroup, _topic, 3)];
        await _b.LoadAsync(7);

        _a.Store.Open();

        Assert.Equal([ErrorCode.None, ErrorCode.NotCoordinator, ErrorCode.None], await Task.WhenAll([first, .. second]));
        Assert.Equal(ErrorCode.NotCoordinator, await _a.CommitAsync(Group, _topic, 4));
        Assert.Equal(ErrorCode.None, await _a.CommitAsync(OtherGroup, _topic, 5));
        Assert.Null(_b.FindOffset(Group, _topic));
    }

    [Fact]
    public async Task A_transaction_of_several_shards_that_was_applied_unheard_counts_for_all_of_them()
    {
        await _a.LoadAsync(7, 8);
        _a.Store.Close();
        var first = _a.CommitAsync(OtherGroup, _topic, 1);
        await UntilAsync(() => _a.Store.Waiting > 0);
        Task<ErrorCode>[] second = [_a.CommitAsync(Group, _topic, 2), _a.CommitAsync(OtherGroup, _topic, 3)];
        _a.Store.Open(null, true);

        await _time.PassUntilAsync(Task.WhenAll([first, .. second]));

        Assert.Equal([ErrorCode.None, ErrorCode.None], await Task.WhenAll(second));
        Assert.Equal(ErrorCode.None, await _a.CommitAsync(Group, _topic, 4));
    }

    [Fact]
    public async Task Coming_to_a_new_coordinator_writes_nothing()
    {
        await _a.LoadAsync(7);
        var member = await _a.MakeStableAsync(Group);
        await _a.UnloadAsync(7);
        await _b.LoadAsync(7);
        _b.Store.Transactions.Clear();

        for (var i = 0; i < 100; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            Assert.Equal(ErrorCode.None, _b.ShardOf(Group).Heartbeat(Group, member.MemberId, null, member.Generation));
        }

        Assert.Empty(_b.Store.Transactions);
    }

    [Fact]
    public async Task Who_waits_in_a_shard_that_goes_is_told_to_look_for_its_coordinator_and_nobody_else_is()
    {
        await _a.LoadAsync(7, 8);
        var member = await _a.MakeStableAsync(Group);
        var otherMember = await _a.MakeStableAsync(OtherGroup);
        var joining = _a.JoinAsync(Group);
        var otherJoining = _a.JoinAsync(OtherGroup);
        var shard = _a.ShardOf(Group);

        await _a.UnloadAsync(7);

        Assert.Equal(ErrorCode.NotCoordinator, (await joining).Error);
        Assert.Equal(ErrorCode.NotCoordinator, shard.Heartbeat(Group, member.MemberId, null, member.Generation));
        Assert.Equal(ErrorCode.NotCoordinator, await shard.DeleteGroupAsync(Group));
        Assert.False(otherJoining.IsCompleted);
        Assert.Equal(
            ErrorCode.RebalanceInProgress, _a.ShardOf(OtherGroup).Heartbeat(OtherGroup, otherMember.MemberId, null, otherMember.Generation));
    }

    [Fact]
    public async Task A_shard_goes_once_and_unloading_what_is_not_here_does_nothing()
    {
        await _a.LoadAsync(7);

        await Task.WhenAll(_a.UnloadAsync(7, 8), _a.UnloadAsync(7), _a.Coordinator.UnloadAllAsync(CancellationToken.None));
        await _a.UnloadAsync(7);

        Assert.Empty(_a.Coordinator.LoadedShards);
        await _a.LoadAsync(7);
        Assert.Equal(ErrorCode.None, await _a.CommitAsync(Group, _topic, 1));
    }

    [Fact]
    public async Task Unloading_a_second_time_waits_for_what_the_first_one_is_storing()
    {
        await _a.LoadAsync(7);
        _a.Store.Close();
        var commit = _a.CommitAsync(Group, _topic, 1);
        var first = _a.UnloadAsync(7);
        var second = _a.Coordinator.UnloadAllAsync(CancellationToken.None);

        Assert.False(second.IsCompleted);
        _a.Store.Open();
        await Task.WhenAll(first, second);

        Assert.Equal(ErrorCode.None, await commit);
    }

    [Fact]
    public async Task A_shard_that_comes_back_while_it_still_goes_has_what_was_stored_last()
    {
        await _a.LoadAsync(7);
        _a.Store.Close();
        var commit = _a.CommitAsync(Group, _topic, 1);
        var unloading = _a.UnloadAsync(7);

        var loading = _a.LoadAsync(7);
        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, _a.Find(Group));
        _a.Store.Open();
        await Task.WhenAll(unloading, loading);

        Assert.Equal(ErrorCode.None, await commit);
        Assert.Equal(1, _a.FindOffset(Group, _topic));
    }

    [Fact]
    public async Task Unloading_ends_a_loading_that_has_no_shards_left()
    {
        _a.Store.Reads = new TaskCompletionSource().Task;
        var loading = _a.LoadAsync(7, 8);

        await _a.UnloadAsync(7);
        Assert.False(loading.IsCompleted);
        await _a.UnloadAsync(8);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loading);
        Assert.Equal((ErrorCode.NotCoordinator, ErrorCode.NotCoordinator), (_a.Find(Group), _a.Find(OtherGroup)));
    }

    [Fact]
    public async Task A_loading_goes_on_with_the_shards_that_are_still_wanted_and_leaves_the_others_alone()
    {
        var reads = new TaskCompletionSource();
        _a.Store.Reads = reads.Task;
        var loading = _a.LoadAsync(7, 8);
        await _a.UnloadAsync(7);
        await _b.LoadAsync(7);
        await _b.CommitAsync(Group, _topic, 1);

        reads.SetResult();
        await loading;

        Assert.Equal([8], _a.Coordinator.LoadedShards);
        Assert.Equal(ErrorCode.None, await _b.CommitAsync(Group, _topic, 2));
    }

    [Fact]
    public async Task Shards_that_are_served_already_are_not_taken_again()
    {
        await _a.LoadAsync(7);

        await Assert.ThrowsAsync<InvalidOperationException>(() => _a.LoadAsync(7, 8));

        Assert.Equal((ErrorCode.None, ErrorCode.NotCoordinator), (_a.Find(Group), _a.Find(OtherGroup)));
    }

    [Fact]
    public async Task A_session_that_is_lost_while_shards_are_read_leaves_them_to_others()
    {
        _a.Store.Reads = new TaskCompletionSource().Task;
        var loading = _a.LoadAsync(7);

        await _a.Session.DisposeAsync();

        await Assert.ThrowsAsync<SessionLostException>(() => loading);
        Assert.Empty(_a.Coordinator.LoadingShards);
        await _a.RegisterAsync();
        _a.Store.Reads = Task.CompletedTask;
        await _a.LoadAsync(7);
        Assert.Equal(ErrorCode.None, await _a.CommitAsync(Group, _topic, 1));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taking_over_is_repeated_until_it_is_known_to_have_happened(bool applied)
    {
        _a.Store.FailNext(applied);

        await _time.PassUntilAsync(_a.LoadAsync(7));

        Assert.Equal(ErrorCode.None, await _a.CommitAsync(Group, _topic, 1));
    }

    [Fact]
    public async Task All_shards_are_taken_in_one_transaction_and_read_at_once()
    {
        await _a.LoadAsync(7);
        await _a.CommitAsync(Group, _topic, 1);
        await _a.UnloadAsync(7);

        await _b.LoadAsync([.. CoordinatorShards.All]);

        Assert.Equal(1, _b.FindOffset(Group, _topic));
        Assert.Equal(CoordinatorShards.Count, Assert.Single(_b.Store.Transactions, transaction => transaction.Then.Count > 2).Then.Count);

        // Writer keys, groups, offsets.
        Assert.Equal(3, _b.Store.ReadCount);
    }

    [Fact]
    public async Task Groups_that_are_known_are_listed_while_others_are_still_read()
    {
        await _a.LoadAsync(7);
        await _a.CommitAsync(Group, _topic, 1);
        var reads = new TaskCompletionSource();
        _a.Store.Reads = reads.Task;
        var loading = _a.LoadAsync(8);

        var error = _a.Coordinator.FindShards(out var shards);

        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, error);
        Assert.Equal([Group], shards.SelectMany(shard => shard.List()).Select(group => group.GroupId));
        reads.SetResult();
        await loading;
        Assert.Equal(ErrorCode.None, _a.Coordinator.FindShards(out _));
    }

    [Fact]
    public async Task Each_group_of_a_request_is_answered_by_its_own_shard()
    {
        await _a.LoadAsync(7);
        await _b.LoadAsync(8);
        await _a.CommitAsync(Group, _topic, 5);
        await _b.CommitAsync(OtherGroup, _topic, 6);
        var request = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = Group, Topics = null }, new() { GroupId = OtherGroup, Topics = null }],
        };

        var fetched = await new GroupApi(_a.Coordinator, _topics, _time).CallAsync<OffsetFetchResponse>(request, 9);
        var described = await new GroupApi(_b.Coordinator, _topics, _time).CallAsync<DescribeGroupsResponse>(
            new DescribeGroupsRequest { Groups = [Group, OtherGroup] }, 6);
        var deleted = await new GroupApi(_a.Coordinator, _topics, _time).CallAsync<DeleteGroupsResponse>(
            new DeleteGroupsRequest { GroupsNames = [Group, OtherGroup] }, 2);

        Assert.Equal([ErrorCode.None, ErrorCode.NotCoordinator], fetched.Groups.Select(group => group.ErrorCode));
        Assert.Equal(5, fetched.Groups[0].Topics[0].Partitions[0].CommittedOffset);
        Assert.Equal([ErrorCode.NotCoordinator, ErrorCode.None], described.Groups.Select(group => group.ErrorCode));
        Assert.Equal([ErrorCode.None, ErrorCode.NotCoordinator], deleted.Results.Select(result => result.ErrorCode));
    }

    [Fact]
    public async Task Offsets_of_deleted_topics_go_from_all_shards()
    {
        await _a.LoadAsync(7, 8);
        await _a.CommitAsync(Group, _topic, 1);
        await _a.CommitAsync(OtherGroup, _topic, 1);

        _a.Coordinator.RemoveTopics(new HashSet<Guid> { _topic });
        await _a.UnloadAsync(7, 8);

        Assert.Null(await FindStoredAsync(Group));
        Assert.Null(await FindStoredAsync(OtherGroup));
    }

    private async Task AssertIsTheSameOnBAsync(JoinGroupResult member, long offset)
    {
        var shard = _b.ShardOf(Group);
        var description = shard.Describe(Group)!;
        Assert.Equal((ClassicGroupState.Stable, member.MemberId), (description.State, Assert.Single(description.Members).MemberId));
        Assert.Equal(ErrorCode.None, shard.Heartbeat(Group, member.MemberId, null, member.Generation));
        Assert.Equal(offset, _b.FindOffset(Group, _topic));
        Assert.Equal(ErrorCode.None, await _b.CommitAsync(Group, _topic, offset + 10, member.MemberId, member.Generation));
    }

    private async Task<long?> FindStoredAsync(string groupId)
    {
        var keys = new GroupKeys(CoordinatingBroker.Keys);
        Assert.True(keys.TryEncode(groupId, out var encoded));
        var read = await _store.RangeAsync(KeyRange.Key(keys.Offset(encoded, _topic, 0)), 0, 0, CancellationToken.None);
        return read.Entries.Count == 0 ? null : CommittedOffsetRecord.Parser.ParseFrom(read.Entries[0].Value.Span).Offset;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    private async Task<(ErrorCode Error, long Offset)> FetchOffsetAsync(CoordinatingBroker broker)
    {
        var request = new OffsetFetchRequest { Groups = { new() { GroupId = Group, Topics = [new() { Name = "t", PartitionIndexes = { 0 } }] } } };
        var group = (await new GroupApi(broker.Coordinator, _topics, _time).CallAsync<OffsetFetchResponse>(request, version: 9)).Groups[0];
        return (group.ErrorCode, group.ErrorCode == ErrorCode.None ? group.Topics[0].Partitions[0].CommittedOffset : -1);
    }
}
