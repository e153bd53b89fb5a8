using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>The requests of the consumer protocol, through their bytes, on a coordinator with a metadata store.</summary>
public sealed class ConsumerGroupApiTests : IAsyncLifetime
{
    private CoordinatorHarness _harness = null!;
    private GroupApi _api = null!;

    public static TheoryData<short> HeartbeatVersions => GroupApi.Versions(ApiKey.ConsumerGroupHeartbeat);

    public static TheoryData<short> DescribeVersions => GroupApi.Versions(ApiKey.ConsumerGroupDescribe);

    public async ValueTask InitializeAsync()
    {
        _harness = await CoordinatorHarness.StartAsync();
        _api = new GroupApi(_harness);
    }

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Theory]
    [MemberData(nameof(HeartbeatVersions))]
    public async Task A_member_joins_reports_and_leaves(short version)
    {
        var topicId = _harness.Topics.Add("a", 2);
        var joined = await HeartbeatAsync(Joining("m", "a"), version);
        Assert.Equal((ErrorCode.None, "m", 1, 5_000), (joined.ErrorCode, joined.MemberId, joined.MemberEpoch, joined.HeartbeatIntervalMs));
        var assigned = Assert.Single(joined.Assignment!.TopicPartitions);
        Assert.Equal(topicId, assigned.TopicId);
        Assert.Equal([0, 1], assigned.Partitions);

        var reported = await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = 1 }, version);
        Assert.Equal((ErrorCode.None, 1), (reported.ErrorCode, reported.MemberEpoch));
        Assert.Null(reported.Assignment);

        var left = await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = -1 }, version);
        Assert.Equal((ErrorCode.None, -1), (left.ErrorCode, left.MemberEpoch));
        Assert.Equal(ErrorCode.UnknownMemberId, (await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = 1 }, version)).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(HeartbeatVersions))]
    public async Task Members_are_told_the_heartbeat_interval_of_their_group(short version)
    {
        await HeartbeatAsync(Joining("m", "a"), version);
        _harness.Configurations.Set("g", heartbeatIntervalMs: 7_000);
        _harness.Configurations.Set("other", heartbeatIntervalMs: 8_000);

        Assert.Equal(7_000, (await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = 1 }, version)).HeartbeatIntervalMs);
        _harness.Configurations.Clear("g");
        Assert.Equal(5_000, (await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = 1 }, version)).HeartbeatIntervalMs);
    }

    [Fact]
    public async Task Before_version_1_the_coordinator_makes_the_members_id()
    {
        var joined = await HeartbeatAsync(Joining("", "a"), version: 0);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        Assert.NotEmpty(joined.MemberId!);
        Assert.Equal(ErrorCode.InvalidRequest, (await HeartbeatAsync(Joining("", "a"), version: 1)).ErrorCode);
    }

    [Theory]
    [InlineData(ErrorCode.InvalidRequest, "group")]
    [InlineData(ErrorCode.InvalidRequest, "instance")]
    [InlineData(ErrorCode.InvalidRequest, "rack")]
    [InlineData(ErrorCode.InvalidRequest, "timeout")]
    [InlineData(ErrorCode.InvalidRequest, "owned")]
    [InlineData(ErrorCode.InvalidRequest, "subscription")]
    [InlineData(ErrorCode.InvalidRequest, "epoch")]
    [InlineData(ErrorCode.InvalidRequest, "leaving without instance")]
    [InlineData(ErrorCode.UnsupportedAssignor, "assignor")]
    [InlineData(ErrorCode.InvalidRegularExpression, "pattern")]
    public async Task A_request_that_can_not_be_meant_is_refused_and_says_why(ErrorCode expected, string fault)
    {
        var request = Joining("m", "a");
        switch (fault)
        {
            case "group":
                request.GroupId = "";
                break;
            case "instance":
                request.InstanceId = "";
                break;
            case "rack":
                request.RackId = "";
                break;
            case "timeout":
                request.RebalanceTimeoutMs = -1;
                break;
            case "owned":
                request.TopicPartitions = null;
                break;
            case "subscription":
                request.SubscribedTopicNames = null;
                break;
            case "epoch":
                request.MemberEpoch = -3;
                break;
            case "leaving without instance":
                request.MemberEpoch = -2;
                break;
            case "assignor":
                request.ServerAssignor = "mine";
                break;
            default:
                request.SubscribedTopicRegex = "[";
                break;
        }

        var response = await HeartbeatAsync(request, version: 1);
        Assert.Equal(expected, response.ErrorCode);
        Assert.NotEmpty(response.ErrorMessage!);
    }

    [Theory]
    [MemberData(nameof(DescribeVersions))]
    public async Task A_group_is_described_with_its_members(short version)
    {
        _harness.Topics.Add("a", 2);
        var request = Joining("m", "a");
        request.InstanceId = "i";
        request.RackId = "r";
        await HeartbeatAsync(request, version: 1);

        var described = Assert.Single((await DescribeAsync(version, "g")).Groups);
        Assert.Equal((ErrorCode.None, "Stable", 1, 1, "uniform"), (described.ErrorCode, described.GroupState, described.GroupEpoch, described.AssignmentEpoch, described.AssignorName));
        var member = Assert.Single(described.Members);
        Assert.Equal(("m", "i", "r", 1, "app", "/10.1.2.3"), (member.MemberId, member.InstanceId, member.RackId, member.MemberEpoch, member.ClientId, member.ClientHost));
        Assert.Equal(["a"], member.SubscribedTopicNames);
        Assert.Equal([0, 1], Assert.Single(member.Assignment.TopicPartitions).Partitions);
        Assert.Equal("a", Assert.Single(member.TargetAssignment.TopicPartitions).TopicName);
        Assert.Equal(version >= 1 ? 1 : -1, member.MemberType);
        Assert.Equal((1 << 3) | (1 << 6) | (1 << 8), described.AuthorizedOperations);
    }

    [Fact]
    public async Task Each_describe_knows_the_groups_of_its_protocol_only()
    {
        await HeartbeatAsync(Joining("m", "a"), version: 1);
        await _harness.MakeStableAsync("classic");

        Assert.Equal(
            [ErrorCode.None, ErrorCode.GroupIdNotFound, ErrorCode.GroupIdNotFound],
            (await DescribeAsync(1, "g", "classic", "none")).Groups.Select(group => group.ErrorCode));
        var classic = await _api.CallAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = ["g", "classic"] }, 6);
        Assert.Equal([ErrorCode.GroupIdNotFound, ErrorCode.None], classic.Groups.Select(group => group.ErrorCode));
    }

    [Fact]
    public async Task Groups_are_listed_by_their_type_and_state()
    {
        await HeartbeatAsync(Joining("m", "a"), version: 1);
        await _harness.MakeStableAsync("classic");

        Assert.Equal(["g"], await ListAsync(new() { TypesFilter = ["Consumer"] }));
        Assert.Equal(["classic"], await ListAsync(new() { TypesFilter = ["classic"] }));
        Assert.Equal(["classic", "g"], await ListAsync(new() { StatesFilter = ["stable"] }));
        Assert.Empty(await ListAsync(new() { TypesFilter = ["share"] }));
    }

    [Fact]
    public async Task Offsets_are_committed_and_read_in_the_members_epoch()
    {
        _harness.Topics.Add("a", 2);
        await HeartbeatAsync(Joining("m", "a"), version: 1);

        Assert.Equal(ErrorCode.None, await CommitAsync("m", 1, version: 9));
        Assert.Equal(ErrorCode.StaleMemberEpoch, await CommitAsync("m", 0, version: 9));
        Assert.Equal(ErrorCode.UnknownMemberId, await CommitAsync("other", 1, version: 9));
        Assert.Equal(ErrorCode.UnsupportedVersion, await CommitAsync("m", 1, version: 8));
        Assert.Equal((ErrorCode.None, 7), await FetchAsync("m", 1));
        Assert.Equal((ErrorCode.None, 7), await FetchAsync(null, -1));
        Assert.Equal(ErrorCode.StaleMemberEpoch, (await FetchAsync("m", 2)).Error);
    }

    [Fact]
    public async Task A_group_with_members_is_not_deleted_and_keeps_the_offsets_of_its_topics()
    {
        _harness.Topics.Add("a", 2);
        _harness.Topics.Add("b", 2);
        await HeartbeatAsync(Joining("m", "a"), version: 1);
        await CommitAsync("m", 1, version: 9);

        Assert.Equal(ErrorCode.NonEmptyGroup, await DeleteAsync());
        var deleted = await _api.CallAsync<OffsetDeleteResponse>(
            new OffsetDeleteRequest { GroupId = "g", Topics = [new() { Name = "a", Partitions = [new()] }, new() { Name = "b", Partitions = [new()] }] }, 0);
        Assert.Equal([ErrorCode.GroupSubscribedToTopic, ErrorCode.None], deleted.Topics.Select(topic => topic.Partitions[0].ErrorCode));

        await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = -1 }, version: 1);
        Assert.Equal(ErrorCode.None, await DeleteAsync());
        Assert.Empty(_harness.List());
        Assert.Empty(await _harness.ReadAsync(_harness.Keys.Groups));
    }

    [Fact]
    public async Task A_group_moves_to_another_coordinator_with_its_epoch_and_members_and_that_costs_no_write()
    {
        _harness.Topics.Add("a", 2);
        await HeartbeatAsync(Joining("m", "a"), version: 1);
        await _harness.FailOverAsync();
        _api = new GroupApi(_harness);
        var before = Assert.Single(await _harness.ReadAsync(_harness.Keys.Groups));

        var reported = await HeartbeatAsync(new() { GroupId = "g", MemberId = "m", MemberEpoch = 1 }, version: 1);
        Assert.Equal((ErrorCode.None, 1), (reported.ErrorCode, reported.MemberEpoch));
        Assert.Equal(before.ModRevision, Assert.Single(await _harness.ReadAsync(_harness.Keys.Groups)).ModRevision);
    }

    [Fact]
    public async Task Members_wait_while_the_store_is_away_and_are_then_told_what_is_stored()
    {
        _harness.Topics.Add("a", 2);
        _harness.Store.Close();
        var joining = HeartbeatAsync(Joining("m", "a"), version: 1);
        Assert.False(joining.IsCompleted);
        _harness.Store.Open();
        Assert.Equal(ErrorCode.None, (await joining).ErrorCode);
        Assert.Single(await _harness.ReadAsync(_harness.Keys.Groups));
    }

    private static ConsumerGroupHeartbeatRequest Joining(string memberId, params string[] topics) => new()
    {
        GroupId = "g",
        MemberId = memberId,
        RebalanceTimeoutMs = 30_000,
        SubscribedTopicNames = [.. topics],
        TopicPartitions = [],
    };

    private Task<ConsumerGroupHeartbeatResponse> HeartbeatAsync(ConsumerGroupHeartbeatRequest request, short version) =>
        _api.CallAsync<ConsumerGroupHeartbeatResponse>(request, version);

    private Task<ConsumerGroupDescribeResponse> DescribeAsync(short version, params string[] groups) =>
        _api.CallAsync<ConsumerGroupDescribeResponse>(new ConsumerGroupDescribeRequest { GroupIds = [.. groups], IncludeAuthorizedOperations = true }, version);

    private async Task<IEnumerable<string>> ListAsync(ListGroupsRequest request) =>
        (await _api.CallAsync<ListGroupsResponse>(request, 5)).Groups.Select(group => group.GroupId).Order();

    private async Task<ErrorCode> DeleteAsync() =>
        Assert.Single((await _api.CallAsync<DeleteGroupsResponse>(new DeleteGroupsRequest { GroupsNames = ["g"] }, 2)).Results).ErrorCode;

    private async Task<ErrorCode> CommitAsync(string memberId, int epoch, short version)
    {
        var response = await _api.CallAsync<OffsetCommitResponse>(
            new OffsetCommitRequest
            {
                GroupId = "g",
                MemberId = memberId,
                GenerationIdOrMemberEpoch = epoch,
                Topics = [new() { Name = "a", Partitions = [new() { PartitionIndex = 0, CommittedOffset = 7 }] }],
            },
            version);
        return response.Topics[0].Partitions[0].ErrorCode;
    }

    private async Task<(ErrorCode Error, long Offset)> FetchAsync(string? memberId, int epoch)
    {
        var response = await _api.CallAsync<OffsetFetchResponse>(
            new OffsetFetchRequest
            {
                Groups = [new() { GroupId = "g", MemberId = memberId, MemberEpoch = epoch, Topics = [new() { Name = "a", PartitionIndexes = [0] }] }],
            },
            9);
        var group = Assert.Single(response.Groups);
        return (group.ErrorCode, group.ErrorCode == ErrorCode.None ? group.Topics[0].Partitions[0].CommittedOffset : -1);
    }
}
