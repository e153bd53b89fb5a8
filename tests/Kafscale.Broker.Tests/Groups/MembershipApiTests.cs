using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Groups;

public sealed class MembershipApiTests
{
    public static TheoryData<short> JoinVersions => GroupApi.Versions(ApiKey.JoinGroup);

    public static TheoryData<short> SyncVersions => GroupApi.Versions(ApiKey.SyncGroup);

    public static TheoryData<short> HeartbeatVersions => GroupApi.Versions(ApiKey.Heartbeat);

    public static TheoryData<short> LeaveVersions => GroupApi.Versions(ApiKey.LeaveGroup);

    [Theory]
    [MemberData(nameof(JoinVersions))]
    public async Task JoinGroup_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var request = JoinRequest(version);

        var joined = await api.CallAsync<JoinGroupResponse>(request, version);
        if (version >= 4)
        {
            Assert.Equal(ErrorCode.MemberIdRequired, joined.ErrorCode);
            request.MemberId = joined.MemberId;
            joined = await api.CallAsync<JoinGroupResponse>(request, version);
        }

        Assert.Equal((ErrorCode.None, 1, "range", joined.MemberId), (joined.ErrorCode, joined.GenerationId, joined.ProtocolName, joined.Leader));
        Assert.StartsWith("app-", joined.MemberId, StringComparison.Ordinal);
        Assert.Equal(version >= 7 ? "consumer" : null, joined.ProtocolType);
        Assert.Equal([1, 2], Assert.Single(joined.Members).Metadata);
        Assert.Equal(version == 0 ? 10_000 : 60_000, await RebalanceTimeoutAsync(harness, joined));
    }

    [Theory]
    [MemberData(nameof(JoinVersions))]
    public async Task JoinGroup_fails_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var request = JoinRequest(version);
        request.SessionTimeoutMs = 5_999;

        Assert.Equal(ErrorCode.InvalidSessionTimeout, (await api.CallAsync<JoinGroupResponse>(request, version)).ErrorCode);
        request.SessionTimeoutMs = 1_800_001;
        Assert.Equal(ErrorCode.InvalidSessionTimeout, (await api.CallAsync<JoinGroupResponse>(request, version)).ErrorCode);
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (await api.CallAsync<JoinGroupResponse>(request, version)).ErrorCode);
        request = JoinRequest(version);
        request.MemberId = "stranger";
        Assert.Equal(ErrorCode.UnknownMemberId, (await api.CallAsync<JoinGroupResponse>(request, version)).ErrorCode);
        Assert.Equal(ErrorCode.UnknownServerError, api.Fail<JoinGroupResponse>(request, ErrorCode.UnknownServerError, version).ErrorCode);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(9)]
    public async Task A_static_member_joins_with_its_instance_id(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var request = JoinRequest(version);
        request.GroupInstanceId = "host-1";
        var joined = await api.CallAsync<JoinGroupResponse>(request, version);
        await api.CallAsync<SyncGroupResponse>(SyncRequest(joined, "host-1"), 5);

        var again = await api.CallAsync<JoinGroupResponse>(request, version);

        Assert.StartsWith("host-1-", joined.MemberId, StringComparison.Ordinal);
        Assert.Equal("host-1", Assert.Single(joined.Members).GroupInstanceId);
        Assert.Equal((1, version >= 9), (again.GenerationId, again.SkipAssignment));
        Assert.NotEqual(joined.MemberId, again.MemberId);
    }

    [Fact]
    public async Task A_client_that_hangs_up_or_a_broker_that_stops_ends_the_wait_for_a_generation()
    {
        await using var harness = await CoordinatorHarness.StartAsync(new GroupOptions { InitialRebalanceDelayMs = 3_000 });
        var api = new GroupApi(harness);
        using var endWaiting = new CancellationTokenSource();

        var joining = api.CallAsync<JoinGroupResponse>(JoinRequest(3), 3, endWaiting.Token);
        Assert.False(joining.IsCompleted);
        await endWaiting.CancelAsync();

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await joining).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(SyncVersions))]
    public async Task SyncGroup_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var joined = await JoinAsync(api);

        var synced = await api.CallAsync<SyncGroupResponse>(SyncRequest(joined), version);

        Assert.Equal(ErrorCode.None, synced.ErrorCode);
        Assert.Equal([9, 9], synced.Assignment);
        Assert.Equal(version >= 5 ? ("consumer", "range") : (null, null), (synced.ProtocolType, synced.ProtocolName));
    }

    [Theory]
    [MemberData(nameof(SyncVersions))]
    public async Task SyncGroup_fails_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var joined = await JoinAsync(api);
        var request = SyncRequest(joined);
        request.GenerationId = 5;

        Assert.Equal(ErrorCode.IllegalGeneration, (await api.CallAsync<SyncGroupResponse>(request, version)).ErrorCode);
        request.MemberId = "stranger";
        Assert.Equal(ErrorCode.UnknownMemberId, (await api.CallAsync<SyncGroupResponse>(request, version)).ErrorCode);
        request.GroupId = "other";
        Assert.Equal(ErrorCode.UnknownMemberId, (await api.CallAsync<SyncGroupResponse>(request, version)).ErrorCode);
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (await api.CallAsync<SyncGroupResponse>(request, version)).ErrorCode);
    }

    [Fact]
    public async Task From_version_5_on_SyncGroup_must_name_the_protocol()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var request = SyncRequest(await JoinAsync(api));
        request.ProtocolName = null;

        Assert.Equal(ErrorCode.InconsistentGroupProtocol, (await api.CallAsync<SyncGroupResponse>(request, 5)).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(HeartbeatVersions))]
    public async Task Heartbeat_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var joined = await JoinAsync(api);
        var request = new HeartbeatRequest { GroupId = "g", MemberId = joined.MemberId, GenerationId = 1 };

        Assert.Equal(ErrorCode.None, (await api.CallAsync<HeartbeatResponse>(request, version)).ErrorCode);
        request.GenerationId = 0;
        Assert.Equal(ErrorCode.IllegalGeneration, (await api.CallAsync<HeartbeatResponse>(request, version)).ErrorCode);
        request.GroupId = "other";
        Assert.Equal(ErrorCode.UnknownMemberId, (await api.CallAsync<HeartbeatResponse>(request, version)).ErrorCode);
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (await api.CallAsync<HeartbeatResponse>(request, version)).ErrorCode);
    }

    [Theory]
    [MemberData(nameof(LeaveVersions))]
    public async Task LeaveGroup_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var joined = await JoinAsync(api);

        var left = await api.CallAsync<LeaveGroupResponse>(LeaveRequest("g", joined.MemberId, version), version);
        var again = await api.CallAsync<LeaveGroupResponse>(LeaveRequest("g", joined.MemberId, version), version);
        var elsewhere = await api.CallAsync<LeaveGroupResponse>(LeaveRequest("other", joined.MemberId, version), version);

        Assert.Equal(ErrorCode.None, left.ErrorCode);
        if (version >= 3)
        {
            Assert.Equal((joined.MemberId, ErrorCode.None), (Assert.Single(left.Members).MemberId, left.Members[0].ErrorCode));
            Assert.Equal((ErrorCode.None, ErrorCode.UnknownMemberId), (again.ErrorCode, again.Members[0].ErrorCode));
            Assert.Equal((ErrorCode.None, ErrorCode.UnknownMemberId), (elsewhere.ErrorCode, elsewhere.Members[0].ErrorCode));
        }
        else
        {
            Assert.Equal(ErrorCode.UnknownMemberId, again.ErrorCode);
            Assert.Equal(ErrorCode.UnknownMemberId, elsewhere.ErrorCode);
        }

        Assert.Equal(ErrorCode.InvalidGroupId, (await api.CallAsync<LeaveGroupResponse>(LeaveRequest("", "m", version), version)).ErrorCode);
        Assert.Equal(ClassicGroupState.Empty, harness.ShardOf("g").Describe("g")!.State);
    }

    [Fact]
    public async Task Who_does_not_coordinate_says_so()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        await harness.Coordinator.UnloadAllAsync(CancellationToken.None);

        Assert.Equal(ErrorCode.NotCoordinator, (await api.CallAsync<JoinGroupResponse>(JoinRequest(9), 9)).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await api.CallAsync<HeartbeatResponse>(new HeartbeatRequest { GroupId = "g" }, 4)).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await api.CallAsync<LeaveGroupResponse>(LeaveRequest("g", "m", 5), 5)).ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, (await api.CallAsync<SyncGroupResponse>(SyncRequest(new JoinGroupResponse()), 5)).ErrorCode);
    }

    [Fact]
    public async Task While_the_groups_are_read_members_are_told_to_wait()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        await harness.Coordinator.UnloadAllAsync(CancellationToken.None);
        var finishLoadingAsync = harness.BeginLoading();

        Assert.Equal(ErrorCode.CoordinatorLoadInProgress, (await api.CallAsync<JoinGroupResponse>(JoinRequest(9), 9)).ErrorCode);
        Assert.Equal(ErrorCode.RebalanceInProgress, (await api.CallAsync<SyncGroupResponse>(SyncRequest(new JoinGroupResponse()), 5)).ErrorCode);
        Assert.Equal(ErrorCode.None, (await api.CallAsync<HeartbeatResponse>(new HeartbeatRequest { GroupId = "g" }, 4)).ErrorCode);
        await finishLoadingAsync();
    }

    internal static JoinGroupRequest JoinRequest(short version) => new()
    {
        GroupId = "g",
        SessionTimeoutMs = 10_000,
        RebalanceTimeoutMs = version >= 1 ? 60_000 : -1,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range", Metadata = [1, 2] }, new() { Name = "roundrobin", Metadata = [3] }],
    };

    internal static async Task<JoinGroupResponse> JoinAsync(GroupApi api)
    {
        var joined = await api.CallAsync<JoinGroupResponse>(JoinRequest(3), 3);
        Assert.Equal(ErrorCode.None, joined.ErrorCode);
        return joined;
    }

    internal static SyncGroupRequest SyncRequest(JoinGroupResponse joined, string? instanceId = null) => new()
    {
        GroupId = "g",
        MemberId = joined.MemberId,
        GroupInstanceId = instanceId,
        GenerationId = joined.GenerationId,
        ProtocolType = "consumer",
        ProtocolName = "range",
        Assignments = [new() { MemberId = joined.MemberId, Assignment = [9, 9] }],
    };

    private static LeaveGroupRequest LeaveRequest(string groupId, string memberId, short version) => version >= 3
        ? new() { GroupId = groupId, Members = [new() { MemberId = memberId, Reason = "the consumer is being closed" }] }
        : new() { GroupId = groupId, MemberId = memberId };

    /// <summary>The rebalance timeout as it is stored with the assignment.</summary>
    private static async Task<int> RebalanceTimeoutAsync(CoordinatorHarness harness, JoinGroupResponse joined)
    {
        await harness.ShardOf("g").SyncAsync("g", new SyncGroupCommand { MemberId = joined.MemberId, Generation = 1 });
        var entry = Assert.Single(await harness.ReadAsync(harness.Keys.Groups));
        return Kafscale.Metadata.Cluster.GroupRecord.Parser.ParseFrom(entry.Value.Span).Members[0].RebalanceTimeoutMs;
    }
}
