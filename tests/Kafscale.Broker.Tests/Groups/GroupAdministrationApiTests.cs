using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Groups;

public sealed class GroupAdministrationApiTests
{
    public static TheoryData<short> ListVersions => GroupApi.Versions(ApiKey.ListGroups);

    public static TheoryData<short> DescribeVersions => GroupApi.Versions(ApiKey.DescribeGroups);

    public static TheoryData<short> DeleteVersions => GroupApi.Versions(ApiKey.DeleteGroups);

    public static TheoryData<short> FindVersions => GroupApi.Versions(ApiKey.FindCoordinator);

    [Theory]
    [MemberData(nameof(ListVersions))]
    public async Task ListGroups_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        await harness.MakeStableAsync("stable");
        await harness.CommitAsync("simple", harness.Topics.Add("t"), 0, 1);

        var response = await api.CallAsync<ListGroupsResponse>(new ListGroupsRequest(), version);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        var listed = response.Groups.OrderBy(group => group.GroupId, StringComparer.Ordinal).Select(group => (group.GroupId, group.ProtocolType, group.GroupState, group.GroupType));
        var type = version >= 5 ? "classic" : "";
        Assert.Equal([("simple", "", version >= 4 ? "Empty" : "", type), ("stable", "consumer", version >= 4 ? "Stable" : "", type)], listed);
    }

    [Theory]
    [InlineData("Stable", null, 1)]
    [InlineData("stable", "Classic", 1)]
    [InlineData("Empty", null, 0)]
    [InlineData("Nonsense", null, 0)]
    [InlineData(null, "consumer", 0)]
    [InlineData(null, "classic", 1)]
    public async Task ListGroups_lists_what_passes_its_filters(string? state, string? type, int count)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.MakeStableAsync("stable");
        var request = new ListGroupsRequest { StatesFilter = state is null ? [] : [state], TypesFilter = type is null ? [] : [type] };

        Assert.Equal(count, (await new GroupApi(harness).CallAsync<ListGroupsResponse>(request, 5)).Groups.Count);
    }

    [Fact]
    public async Task A_broker_that_coordinates_nothing_lists_nothing_and_that_is_no_error()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        await harness.Coordinator.UnloadAllAsync(CancellationToken.None);

        var response = await api.CallAsync<ListGroupsResponse>(new ListGroupsRequest(), 5);

        Assert.Equal((ErrorCode.None, 0), (response.ErrorCode, response.Groups.Count));
    }

    [Fact]
    public async Task ListGroups_waits_for_groups_that_are_being_read()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.MakeStableAsync("readers");
        var finishLoadingAsync = await harness.BeginFailOverAsync();
        var time = new FakeTimeProvider();

        var listing = new GroupApi(harness.Coordinator, harness.Topics, time).CallAsync<ListGroupsResponse>(new ListGroupsRequest(), 5);
        Assert.False(listing.IsCompleted);
        await finishLoadingAsync();
        time.Advance(TimeSpan.FromMilliseconds(50));

        var response = await listing;
        Assert.Equal((ErrorCode.None, "readers"), (response.ErrorCode, Assert.Single(response.Groups).GroupId));
    }

    [Fact]
    public async Task A_coordinator_whose_session_has_ended_does_not_say_that_there_are_no_groups()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.EndSessionAsync();

        var listing = new GroupApi(harness).CallAsync<ListGroupsResponse>(new ListGroupsRequest(), 5);
        await harness.Time.PassUntilAsync(listing);
        var response = await listing;

        Assert.Equal(ErrorCode.CoordinatorNotAvailable, response.ErrorCode);
    }

    [Theory]
    [MemberData(nameof(DescribeVersions))]
    public async Task DescribeGroups_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var joined = await MembershipApiTests.JoinAsync(api);
        await api.CallAsync<SyncGroupResponse>(MembershipApiTests.SyncRequest(joined), 3);

        var response = await api.CallAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = ["g"] }, version);

        var group = Assert.Single(response.Groups);
        Assert.Equal((ErrorCode.None, "g", "Stable", "consumer", "range"), (group.ErrorCode, group.GroupId, group.GroupState, group.ProtocolType, group.ProtocolData));
        var member = Assert.Single(group.Members);
        Assert.Equal((joined.MemberId, "app", "/10.1.2.3", null), (member.MemberId, member.ClientId, member.ClientHost, member.GroupInstanceId));
        Assert.Equal([1, 2], member.MemberMetadata);
        Assert.Equal([9, 9], member.MemberAssignment);
        Assert.Equal(int.MinValue, group.AuthorizedOperations);
        Assert.Null(group.ErrorMessage);
    }

    [Theory]
    [MemberData(nameof(DescribeVersions))]
    public async Task DescribeGroups_of_a_group_that_does_not_exist_answers_as_the_version_has_it(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        var response = await new GroupApi(harness).CallAsync<DescribeGroupsResponse>(new DescribeGroupsRequest { Groups = ["none"] }, version);

        var group = Assert.Single(response.Groups);
        Assert.Equal((version >= 6 ? ErrorCode.GroupIdNotFound : ErrorCode.None, "Dead"), (group.ErrorCode, group.GroupState));
        Assert.Equal(version >= 6 ? "Group none not found." : null, group.ErrorMessage);
    }

    [Fact]
    public async Task DescribeGroups_tells_what_may_be_done_where_that_is_asked_for()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        await harness.MakeStableAsync("g");
        var request = new DescribeGroupsRequest { Groups = ["g", "none"], IncludeAuthorizedOperations = true };

        var response = await new GroupApi(harness).CallAsync<DescribeGroupsResponse>(request, 6);

        Assert.Equal([328, int.MinValue], response.Groups.Select(group => group.AuthorizedOperations));
    }

    [Theory]
    [MemberData(nameof(DeleteVersions))]
    public async Task DeleteGroups_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        await harness.MakeStableAsync("used");
        await harness.CommitAsync("unused", harness.Topics.Add("t"), 0, 1);
        var request = new DeleteGroupsRequest { GroupsNames = ["used", "unused", "none"] };

        var response = await api.CallAsync<DeleteGroupsResponse>(request, version);

        Assert.Equal(
            [("used", ErrorCode.NonEmptyGroup), ("unused", ErrorCode.None), ("none", ErrorCode.GroupIdNotFound)],
            response.Results.Select(result => (result.GroupId, result.ErrorCode)));
        Assert.Equal(ErrorCode.NotCoordinator, api.Fail<DeleteGroupsResponse>(request, ErrorCode.NotCoordinator, version).Results[2].ErrorCode);
    }

    [Theory]
    [MemberData(nameof(FindVersions))]
    public async Task FindCoordinator_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        var found = await FindAsync(new GroupApi(harness), version, keyType: 0);

        Assert.Equal((ErrorCode.None, 3, "broker.example", 9094), (found.ErrorCode, found.NodeId, found.Host, found.Port));
    }

    [Theory]
    [MemberData(nameof(FindVersions))]
    public async Task FindCoordinator_says_so_where_nobody_coordinates(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness) { Endpoint = null };

        var found = await FindAsync(api, version, keyType: 0);

        Assert.Equal((ErrorCode.CoordinatorNotAvailable, -1), (found.ErrorCode, found.NodeId));
        var request = version >= 4 ? new FindCoordinatorRequest { CoordinatorKeys = ["g"] } : new FindCoordinatorRequest { Key = "g" };
        var failed = api.Fail<FindCoordinatorResponse>(request, ErrorCode.UnknownServerError, version);
        Assert.Equal(ErrorCode.UnknownServerError, version >= 4 ? failed.Coordinators[0].ErrorCode : failed.ErrorCode);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public async Task Transactions_are_refused_for_good_with_a_message_for_people(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        var found = await FindAsync(new GroupApi(harness), version, keyType: 1);

        Assert.Equal(ErrorCode.TransactionalIdAuthorizationFailed, found.ErrorCode);
        Assert.Contains("does not support transactions", found.ErrorMessage, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(6, 2)]
    [InlineData(6, -1)]
    public async Task Other_coordinators_are_refused(short version, sbyte keyType)
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        Assert.Equal(ErrorCode.InvalidRequest, (await FindAsync(new GroupApi(harness), version, keyType)).ErrorCode);
    }

    [Fact]
    public async Task FindCoordinator_answers_several_keys_in_their_order()
    {
        await using var harness = await CoordinatorHarness.StartAsync();

        var response = await new GroupApi(harness).CallAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { CoordinatorKeys = ["b", "a"] }, 6);

        Assert.Equal(["b", "a"], response.Coordinators.Select(coordinator => coordinator.Key));
    }

    /// <summary>Finds one coordinator; the answer has the form of version 4, whatever the version.</summary>
    private static async Task<FindCoordinatorResponse.Coordinator> FindAsync(GroupApi api, short version, sbyte keyType)
    {
        var request = version >= 4
            ? new FindCoordinatorRequest { CoordinatorKeys = ["g"], KeyType = keyType }
            : new FindCoordinatorRequest { Key = "g", KeyType = keyType };
        var response = await api.CallAsync<FindCoordinatorResponse>(request, version);
        return version >= 4
            ? Assert.Single(response.Coordinators)
            : new() { ErrorCode = response.ErrorCode, ErrorMessage = response.ErrorMessage, NodeId = response.NodeId, Host = response.Host, Port = response.Port };
    }
}
