using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Groups;

public sealed class OffsetApiTests
{
    public static TheoryData<short> CommitVersions => GroupApi.Versions(ApiKey.OffsetCommit);

    public static TheoryData<short> FetchVersions => GroupApi.Versions(ApiKey.OffsetFetch);

    [Theory]
    [MemberData(nameof(CommitVersions))]
    public async Task OffsetCommit_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var topic = harness.Topics.Add("t");

        var response = await api.CallAsync<OffsetCommitResponse>(CommitRequest(harness, version, ("t", 1, 42)), version);

        var answered = Assert.Single(response.Topics);
        Assert.Equal(version >= 10 ? ("", topic) : ("t", Guid.Empty), (answered.Name, answered.TopicId));
        Assert.Equal((1, ErrorCode.None), (Assert.Single(answered.Partitions).PartitionIndex, answered.Partitions[0].ErrorCode));
        var offset = harness.ShardOf("g").FindOffset("g", new(topic, 1))!;
        Assert.Equal((42, version >= 6 ? 7 : -1, "text"), (offset.Offset, offset.LeaderEpoch, offset.Metadata));
        Assert.Equal(HasRetention(version) ? harness.Time.GetUtcNow().ToUnixTimeMilliseconds() + 1_000 : null, offset.ExpiresAtMs);
    }

    [Theory]
    [MemberData(nameof(CommitVersions))]
    public async Task OffsetCommit_names_what_is_wrong_with_each_partition_and_commits_the_others(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var topic = harness.Topics.Add("t", partitionCount: 2);
        var request = CommitRequest(harness, version, ("t", 0, 1), ("t", 1, 2), ("t", 2, 3), ("t", -1, 4), ("none", 0, 5));
        request.Topics[1].Partitions[0].CommittedMetadata = new string('x', 4_097);
        request.Topics[0].Partitions[0].CommittedMetadata = null;

        var response = await api.CallAsync<OffsetCommitResponse>(request, version);

        Assert.Equal(
            [
                ErrorCode.None,
                ErrorCode.OffsetMetadataTooLarge,
                ErrorCode.UnknownTopicOrPartition,
                ErrorCode.UnknownTopicOrPartition,
                version >= 10 ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition,
            ],
            response.Topics.Select(answer => answer.Partitions[0].ErrorCode));
        Assert.Equal("", harness.ShardOf("g").FindOffset("g", new(topic, 0))!.Metadata);
        Assert.Single(harness.ShardOf("g").ListOffsets("g"));
    }

    [Theory]
    [MemberData(nameof(CommitVersions))]
    public async Task OffsetCommit_of_a_group_that_does_not_exist_fails_as_the_version_has_it(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        harness.Topics.Add("t");
        var request = CommitRequest(harness, version, ("t", 1, 42));
        request.GenerationIdOrMemberEpoch = 4;
        request.MemberId = "m";

        var response = await api.CallAsync<OffsetCommitResponse>(request, version);

        // Version 0 names no member, so it is a consumer that assigns itself.
        Assert.Equal(version >= 9 ? ErrorCode.GroupIdNotFound : version > 0 ? ErrorCode.IllegalGeneration : ErrorCode.None, response.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal(ErrorCode.NotCoordinator, api.Fail<OffsetCommitResponse>(request, ErrorCode.NotCoordinator, version).Topics[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [MemberData(nameof(FetchVersions))]
    public async Task OffsetFetch_works_in_every_version(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 1, 42);

        var group = await FetchAsync(api, harness, version, "g", ("t", [1, 2]));

        var answered = Assert.Single(group.Topics);
        Assert.Equal(version >= 10 ? ("", topic) : ("t", Guid.Empty), (answered.Name, answered.TopicId));
        var (committed, none) = (answered.Partitions[0], answered.Partitions[1]);
        Assert.Equal((1, 42, version >= 5 ? 3 : -1, "meta", ErrorCode.None), (committed.PartitionIndex, committed.CommittedOffset, committed.CommittedLeaderEpoch, committed.Metadata, committed.ErrorCode));
        Assert.Equal((2, -1, -1, "", ErrorCode.None), (none.PartitionIndex, none.CommittedOffset, none.CommittedLeaderEpoch, none.Metadata, none.ErrorCode));
    }

    [Theory]
    [MemberData(nameof(FetchVersions))]
    public async Task A_group_that_never_committed_has_no_offset_and_no_error(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        harness.Topics.Add("t");

        var group = await FetchAsync(api, harness, version, "new", ("t", [0]));

        Assert.Equal((-1, ErrorCode.None), (group.Topics[0].Partitions[0].CommittedOffset, group.Topics[0].Partitions[0].ErrorCode));
        Assert.Equal(ErrorCode.None, group.ErrorCode);
    }

    [Theory]
    [MemberData(nameof(FetchVersions))]
    public async Task OffsetFetch_of_an_unknown_topic_answers_as_the_version_has_it(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);

        var group = await FetchAsync(api, harness, version, "g", ("none", [0]));

        var partition = group.Topics[0].Partitions[0];
        Assert.Equal((-1, version >= 10 ? ErrorCode.UnknownTopicId : ErrorCode.None), (partition.CommittedOffset, partition.ErrorCode));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task OffsetFetch_of_all_topics_answers_what_is_committed_for_topics_that_exist(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var (first, second, deleted) = (harness.Topics.Add("first"), harness.Topics.Add("second"), harness.Topics.Add("deleted"));
        await harness.CommitAsync("g", first, 0, 1);
        await harness.CommitAsync("g", first, 1, 2);
        await harness.CommitAsync("g", second, 0, 3);
        await harness.CommitAsync("g", deleted, 0, 4);
        harness.Topics.Remove("deleted");

        var group = await FetchAsync(api, harness, version, "g", null);

        var answered = group.Topics.SelectMany(
            topic => topic.Partitions.Select(partition => (version >= 10 ? topic.TopicId : IdOf(harness, topic.Name), partition.PartitionIndex, partition.CommittedOffset)));
        Assert.Equal([(first, 0, 1), (first, 1, 2), (second, 0, 3)], answered.OrderBy(answer => answer.CommittedOffset));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public async Task OffsetFetch_answers_several_groups(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("a", topic, 0, 1);
        await harness.CommitAsync("b", topic, 0, 2);
        var request = new OffsetFetchRequest
        {
            Groups = [new() { GroupId = "a", Topics = null }, new() { GroupId = new string('x', 2_000), Topics = null }, new() { GroupId = "b", Topics = null }],
            RequireStable = true,
        };

        var response = await api.CallAsync<OffsetFetchResponse>(request, version);

        Assert.Equal([ErrorCode.None, ErrorCode.InvalidGroupId, ErrorCode.None], response.Groups.Select(group => group.ErrorCode));
        Assert.Equal(1, response.Groups[0].Topics[0].Partitions[0].CommittedOffset);
        Assert.Equal(2, response.Groups[2].Topics[0].Partitions[0].CommittedOffset);
    }

    [Theory]
    [MemberData(nameof(FetchVersions))]
    public async Task Who_does_not_coordinate_says_so_where_the_version_has_a_place_for_it(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        harness.Topics.Add("t");
        await harness.Coordinator.UnloadAllAsync(CancellationToken.None);

        var group = await FetchAsync(api, harness, version, "g", ("t", [0]));

        Assert.Equal(ErrorCode.NotCoordinator, version <= 1 ? group.Topics[0].Partitions[0].ErrorCode : group.ErrorCode);
        var commit = await api.CallAsync<OffsetCommitResponse>(CommitRequest(harness, 9, ("t", 0, 1)), 9);
        Assert.Equal(ErrorCode.NotCoordinator, commit.Topics[0].Partitions[0].ErrorCode);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(10)]
    public async Task A_failed_fetch_of_groups_is_no_empty_success(short version)
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var request = new OffsetFetchRequest { Groups = [new() { GroupId = "a" }] };

        var failed = new GroupApi(harness).Fail<OffsetFetchResponse>(request, ErrorCode.UnknownServerError, version);

        Assert.Equal(ErrorCode.UnknownServerError, Assert.Single(failed.Groups).ErrorCode);
    }

    [Fact]
    public async Task OffsetDelete_answers_each_partition()
    {
        await using var harness = await CoordinatorHarness.StartAsync();
        var api = new GroupApi(harness);
        var topic = harness.Topics.Add("t");
        await harness.CommitAsync("g", topic, 0, 1);
        var request = new OffsetDeleteRequest
        {
            GroupId = "g",
            Topics = [new() { Name = "t", Partitions = [new() { PartitionIndex = 0 }, new() { PartitionIndex = 3 }] }, new() { Name = "none", Partitions = [new()] }],
        };

        var response = await api.CallAsync<OffsetDeleteResponse>(request, 0);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.Equal(
            [ErrorCode.None, ErrorCode.None, ErrorCode.UnknownTopicOrPartition],
            response.Topics.SelectMany(answer => answer.Partitions).Select(partition => partition.ErrorCode));
        Assert.Null(harness.Find("g", topic, 0));
        request.GroupId = "other";
        Assert.Equal(ErrorCode.GroupIdNotFound, (await api.CallAsync<OffsetDeleteResponse>(request, 0)).ErrorCode);
        request.GroupId = "";
        Assert.Equal(ErrorCode.InvalidGroupId, (await api.CallAsync<OffsetDeleteResponse>(request, 0)).ErrorCode);
    }

    private static bool HasRetention(short version) => version is >= 2 and <= 4;

    private static Guid IdOf(CoordinatorHarness harness, string name) =>
        harness.Topics.TryGetTopic(name, out var topicId, out _) ? topicId : Guid.NewGuid();

    private static OffsetCommitRequest CommitRequest(CoordinatorHarness harness, short version, params (string Topic, int Partition, long Offset)[] offsets) => new()
    {
        GroupId = "g",
        RetentionTimeMs = HasRetention(version) ? 1_000 : -1,
        Topics = [.. offsets.Select(offset => new OffsetCommitRequest.OffsetCommitRequestTopic
        {
            Name = version >= 10 ? "" : offset.Topic,
            TopicId = version >= 10 ? IdOf(harness, offset.Topic) : Guid.Empty,
            Partitions =
            [
                new()
                {
                    PartitionIndex = offset.Partition,
                    CommittedOffset = offset.Offset,
                    CommittedLeaderEpoch = 7,
                    CommittedMetadata = "text",
                },
            ],
        })],
    };

    /// <summary>Fetches for one group; the answer has the form of version 8, whatever the version.</summary>
    private static async Task<OffsetFetchResponse.OffsetFetchResponseGroup> FetchAsync(
        GroupApi api, CoordinatorHarness harness, short version, string groupId, (string Topic, List<int> Partitions)? topic)
    {
        if (version >= 8)
        {
            var group = new OffsetFetchRequest.OffsetFetchRequestGroup
            {
                GroupId = groupId,
                Topics = topic is null ? null
                    :
                    [
                        new()
                        {
                            Name = version >= 10 ? "" : topic.Value.Topic,
                            TopicId = version >= 10 ? IdOf(harness, topic.Value.Topic) : Guid.Empty,
                            PartitionIndexes = topic.Value.Partitions,
                        },
                    ],
            };
            return Assert.Single((await api.CallAsync<OffsetFetchResponse>(new OffsetFetchRequest { Groups = [group] }, version)).Groups);
        }

        var request = new OffsetFetchRequest
        {
            GroupId = groupId,
            Topics = topic is null ? null : [new() { Name = topic.Value.Topic, PartitionIndexes = topic.Value.Partitions }],
        };
        var response = await api.CallAsync<OffsetFetchResponse>(request, version);
        return new OffsetFetchResponse.OffsetFetchResponseGroup
        {
            ErrorCode = response.ErrorCode,
            Topics = response.Topics.ConvertAll(answer => new OffsetFetchResponse.OffsetFetchResponseTopics
            {
                Name = answer.Name,
                Partitions = answer.Partitions.ConvertAll(partition => new OffsetFetchResponse.OffsetFetchResponsePartitions
                {
                    PartitionIndex = partition.PartitionIndex,
                    CommittedOffset = partition.CommittedOffset,
                    CommittedLeaderEpoch = partition.CommittedLeaderEpoch,
                    Metadata = partition.Metadata,
                    ErrorCode = partition.ErrorCode,
                }),
            }),
        };
    }
}
