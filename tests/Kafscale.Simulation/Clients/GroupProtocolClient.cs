using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>The requests of a member of a group (the classic protocol), each made once: who asks tries again.</summary>
/// <param name="client">Who asks.</param>
/// <param name="group">Of which group.</param>
/// <param name="alwaysAsked">Who is asked, whether it coordinates the group or not; null: its coordinator, who is looked up.</param>
internal sealed class GroupProtocolClient(ClusterClient client, string group, (string Host, int Port)? alwaysAsked = null)
{
    private const int SessionTimeoutMs = 10_000;
    private const int RebalanceTimeoutMs = 20_000;

    private static readonly ErrorCode[] CoordinatorErrors =
        [ErrorCode.NotCoordinator, ErrorCode.CoordinatorNotAvailable, ErrorCode.CoordinatorLoadInProgress];

    private static readonly ErrorCode[] MemberErrors = [ErrorCode.UnknownMemberId, ErrorCode.IllegalGeneration];

    private static readonly ErrorCode[] JoinErrors = [.. CoordinatorErrors, ErrorCode.UnknownMemberId, ErrorCode.RebalanceInProgress];

    private static readonly ErrorCode[] MembershipErrors = [.. CoordinatorErrors, .. MemberErrors, ErrorCode.RebalanceInProgress];

    private static readonly ErrorCode[] CommitErrors = [.. MembershipErrors, ErrorCode.UnknownTopicId];

    private static readonly ErrorCode[] PositionErrors = [.. CoordinatorErrors, ErrorCode.UnknownTopicId];

    private (string Host, int Port)? _coordinator;

    /// <summary>Joins under an id, or is given one.</summary>
    /// <returns>The membership, and of its leader the ids of all members; null where there is none yet. The id to go on with.</returns>
    public async Task<(GroupMembership? Membership, List<string> Members, string MemberId)> JoinAsync(string memberId, IEnumerable<string> topics)
    {
        var request = new JoinGroupRequest
        {
            GroupId = group,
            MemberId = memberId,
            SessionTimeoutMs = SessionTimeoutMs,
            RebalanceTimeoutMs = RebalanceTimeoutMs,
            ProtocolType = "consumer",
            Protocols = [new() { Name = RangeAssignor.Name, Metadata = RangeAssignor.Subscription(topics) }],
        };
        var response = await SendAsync<JoinGroupResponse>(request, 9);
        switch (response?.ErrorCode)
        {
            case null:
                return (null, [], memberId);
            case ErrorCode.None:
                var leads = response.Leader == response.MemberId && !response.SkipAssignment;
                return (new GroupMembership(response.MemberId, response.GenerationId, leads), [.. response.Members.Select(member => member.MemberId)], response.MemberId);
            case ErrorCode.MemberIdRequired:
                return (null, [], response.MemberId);
            default:
                Note("JoinGroup", response.ErrorCode, JoinErrors);
                return (null, [], response.ErrorCode == ErrorCode.UnknownMemberId ? "" : memberId);
        }
    }

    /// <returns>What it reads; null where the membership is over.</returns>
    public async Task<List<(string Topic, int Partition)>?> SyncAsync(GroupMembership membership, Dictionary<string, byte[]> assignments)
    {
        var request = new SyncGroupRequest
        {
            GroupId = group,
            MemberId = membership.MemberId,
            GenerationId = membership.Generation,
            ProtocolType = "consumer",
            ProtocolName = RangeAssignor.Name,
            Assignments = [.. assignments.Select(one => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = one.Key, Assignment = one.Value })],
        };
        var response = await SendAsync<SyncGroupResponse>(request, 5);
        return response is not null && Take(membership, "SyncGroup", response.ErrorCode) ? [.. RangeAssignor.Read(response.Assignment)] : null;
    }

    public async Task HeartbeatAsync(GroupMembership membership)
    {
        var request = new HeartbeatRequest { GroupId = group, MemberId = membership.MemberId, GenerationId = membership.Generation };
        if (await SendAsync<HeartbeatResponse>(request, 4) is { } response)
        {
            Take(membership, "Heartbeat", response.ErrorCode);
        }
    }

    public async Task LeaveAsync(string memberId)
    {
        var request = new LeaveGroupRequest { GroupId = group, Members = [new() { MemberId = memberId }] };
        if (await SendAsync<LeaveGroupResponse>(request, 5) is { } response)
        {
            var error = response.ErrorCode == ErrorCode.None ? response.Members[0].ErrorCode : response.ErrorCode;
            if (error != ErrorCode.None)
            {
                Note("LeaveGroup", error, JoinErrors);
            }
        }
    }

    /// <returns>Whether all are stored.</returns>
    public async Task<bool> CommitAsync(GroupMembership membership, IEnumerable<FetchPosition> positions)
    {
        var commits = positions.Select(position => client.History.SendsCommit(group, membership.MemberId, membership.Generation, position.Log, position.Offset)).ToList();
        var request = new OffsetCommitRequest { GroupId = group, MemberId = membership.MemberId, GenerationIdOrMemberEpoch = membership.Generation };
        foreach (var topic in commits.GroupBy(commit => commit.Log.TopicId))
        {
            request.Topics.Add(new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                TopicId = topic.Key,
                Partitions = [.. topic.Select(commit => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = commit.Log.Partition,
                    CommittedOffset = commit.Position,
                    CommittedMetadata = "",
                })],
            });
        }

        if (await SendAsync<OffsetCommitResponse>(request, 10) is not { } response)
        {
            return false;
        }

        var isStored = true;
        foreach (var topic in response.Topics)
        {
            foreach (var answer in topic.Partitions)
            {
                if (answer.ErrorCode == ErrorCode.None)
                {
                    client.History.CommitAcknowledged(commits.Find(commit => commit.Log == new LogKey(topic.TopicId, answer.PartitionIndex))!);
                }
                else
                {
                    isStored = false;
                    Take(membership, "OffsetCommit", answer.ErrorCode, CommitErrors);
                }
            }
        }

        return isStored;
    }

    /// <summary>How far the group has got.</summary>
    /// <returns>-1 where nothing is stored; null where the answer is not known.</returns>
    public async Task<Dictionary<LogKey, long>?> FetchPositionsAsync(IReadOnlyCollection<LogKey> logs)
    {
        var sentAt = client.History.Now;
        var request = new OffsetFetchRequest
        {
            Groups =
            [
                new()
                {
                    GroupId = group,
                    Topics = [.. logs.GroupBy(log => log.TopicId).Select(topic => new OffsetFetchRequest.OffsetFetchRequestTopics
                    {
                        TopicId = topic.Key,
                        PartitionIndexes = [.. topic.Select(log => log.Partition)],
                    })],
                },
            ],
        };
        if (await SendAsync<OffsetFetchResponse>(request, 10) is not { } response)
        {
            return null;
        }

        var answer = response.Groups[0];
        var error = answer.Topics.SelectMany(topic => topic.Partitions).Select(partition => partition.ErrorCode).Append(answer.ErrorCode).FirstOrDefault(error => error != ErrorCode.None);
        if (error != ErrorCode.None)
        {
            Note("OffsetFetch", error, PositionErrors);
            return null;
        }

        var positions = new Dictionary<LogKey, long>();
        foreach (var topic in answer.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                var log = new LogKey(topic.TopicId, partition.PartitionIndex);
                positions[log] = partition.CommittedOffset;
                client.History.PositionFetched(group, log, partition.CommittedOffset, sentAt);
            }
        }

        return positions;
    }

    // Whether it is no error; ends the membership where it is one that says so.
    private bool Take(GroupMembership membership, string request, ErrorCode error, IReadOnlyCollection<ErrorCode>? expected = null)
    {
        if (error == ErrorCode.None)
        {
            return true;
        }

        Note(request, error, expected ?? MembershipErrors);
        if (MemberErrors.Contains(error))
        {
            membership.Lose();
        }
        else if (error == ErrorCode.RebalanceInProgress)
        {
            membership.End();
        }

        return false;
    }

    private void Note(string request, ErrorCode error, IReadOnlyCollection<ErrorCode> expected)
    {
        client.Note($"{request} of {group}", error, expected);
        if (CoordinatorErrors.Contains(error))
        {
            _coordinator = null;
        }
    }

    private async Task<TResponse?> SendAsync<TResponse>(IRequestMessage request, short version)
        where TResponse : class, IResponseMessage, new()
    {
        try
        {
            _coordinator ??= alwaysAsked ?? await FindCoordinatorAsync();
            if (_coordinator is { } coordinator)
            {
                var connection = await client.ConnectAsync(coordinator);
                return await connection.SendAsync<TResponse>(request, version, ClusterClient.RequestTimeout);
            }
        }
        catch (IOException)
        {
            _coordinator = null;
        }

        return null;
    }

    private async Task<(string Host, int Port)?> FindCoordinatorAsync()
    {
        var response = await client.SendToAnyAsync<FindCoordinatorResponse>(new FindCoordinatorRequest { KeyType = 0, CoordinatorKeys = [group] }, 4);
        var coordinator = response.Coordinators[0];
        if (coordinator.ErrorCode == ErrorCode.None)
        {
            return (coordinator.Host, coordinator.Port);
        }

        client.Note($"FindCoordinator of {group}", coordinator.ErrorCode, CoordinatorErrors);
        return null;
    }
}
