using System.Buffers.Binary;
using Kafscale.Cli.Clients;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Cli.Groups;

/// <summary>What there is to know and to do about consumer groups, of either protocol.</summary>
internal sealed class GroupClient(KafkaCluster cluster)
{
    private const long Latest = -1;
    private const long NoOffset = -1;
    private const string ConsumerProtocolType = "consumer";

    /// <summary>All groups in the order of their ids; empty filters let everything pass.</summary>
    public async Task<IReadOnlyList<ListGroupsResponse.ListedGroup>> ListAsync(
        IEnumerable<string> states, IEnumerable<string> types, CancellationToken cancellationToken)
    {
        var request = new ListGroupsRequest { StatesFilter = [.. states], TypesFilter = [.. types] };
        var responses = await cluster.SendToAllAsync<ListGroupsResponse>(request, response => response.ErrorCode, cancellationToken);

        // One that moves meanwhile may be listed by two brokers.
        return [.. responses.SelectMany(response => response.Groups).DistinctBy(group => group.GroupId).OrderBy(group => group.GroupId, StringComparer.Ordinal)];
    }

    /// <summary>A group with its members.</summary>
    /// <exception cref="KafkaException">There is no such group.</exception>
    public async Task<GroupDetails> DescribeAsync(string groupId, CancellationToken cancellationToken)
    {
        var consumer = await cluster.SendToCoordinatorAsync<ConsumerGroupDescribeResponse>(
            groupId,
            new ConsumerGroupDescribeRequest { GroupIds = [groupId] },
            response => response.Groups[0].ErrorCode is ErrorCode.GroupIdNotFound ? ErrorCode.None : response.Groups[0].ErrorCode,
            cancellationToken);
        if (consumer.Groups[0].ErrorCode == ErrorCode.None)
        {
            return ToDetails(consumer.Groups[0]);
        }

        var classic = await cluster.SendToCoordinatorAsync<DescribeGroupsResponse>(
            groupId, new DescribeGroupsRequest { Groups = [groupId] }, response => response.Groups[0].ErrorCode, cancellationToken);
        return ToDetails(classic.Groups[0]);
    }

    /// <summary>How far a group is: the partitions that it has committed for, and those that its members have.</summary>
    public async Task<IReadOnlyList<GroupPartition>> FindLagAsync(GroupDetails group, CancellationToken cancellationToken)
    {
        var committed = await FindCommittedAsync(group.GroupId, cancellationToken);
        var owners = new Dictionary<(string Topic, int Partition), GroupMember>();
        foreach (var member in group.Members)
        {
            foreach (var partition in member.Assigned)
            {
                owners[partition] = member;
            }
        }

        var partitions = committed.Keys.Union(owners.Keys).OrderBy(partition => partition.Topic, StringComparer.Ordinal).ThenBy(partition => partition.Partition).ToList();
        var ends = await cluster.ListOffsetsAsync(partitions, Latest, cancellationToken);
        return partitions.ConvertAll(partition => new GroupPartition(
            partition.Topic,
            partition.Partition,
            committed.TryGetValue(partition, out var offset) ? offset : null,
            ends[partition],
            owners.GetValueOrDefault(partition)));
    }

    /// <summary>All offsets that are committed.</summary>
    public async Task<Dictionary<(string Topic, int Partition), long>> FindCommittedAsync(string groupId, CancellationToken cancellationToken)
    {
        // By name: topic ids come with a later version.
        var response = await cluster.SendToCoordinatorAsync<OffsetFetchResponse>(
            groupId,
            new OffsetFetchRequest { Groups = [new OffsetFetchRequest.OffsetFetchRequestGroup { GroupId = groupId, Topics = null }] },
            response => response.Groups[0].ErrorCode,
            cancellationToken);
        var names = response.Groups[0].Topics.Exists(topic => topic.Name.Length == 0) ? await FindNamesAsync(cancellationToken) : [];
        var committed = new Dictionary<(string Topic, int Partition), long>();
        foreach (var topic in response.Groups[0].Topics)
        {
            var name = topic.Name.Length > 0 ? topic.Name : names.GetValueOrDefault(topic.TopicId);
            foreach (var partition in topic.Partitions.Where(partition => name is not null && partition.CommittedOffset != NoOffset))
            {
                committed[(name!, partition.PartitionIndex)] = partition.CommittedOffset;
            }
        }

        return committed;
    }

    /// <summary>Sets offsets of a group without members.</summary>
    /// <exception cref="KafkaException">It has members, or a partition does not exist.</exception>
    public async Task CommitAsync(
        string groupId, IReadOnlyDictionary<(string Topic, int Partition), long> offsets, CancellationToken cancellationToken)
    {
        var topicIds = (await cluster.DescribeAsync(offsets.Keys.Select(partition => partition.Topic).Distinct(), cancellationToken))
            .Topics.ToDictionary(topic => topic.Name!, topic => topic.TopicId);
        var request = new OffsetCommitRequest
        {
            GroupId = groupId,
            MemberId = "",
            Topics = [.. offsets.GroupBy(offset => offset.Key.Topic).Select(topic => new OffsetCommitRequest.OffsetCommitRequestTopic
            {
                Name = topic.Key,
                TopicId = topicIds.GetValueOrDefault(topic.Key),
                Partitions = [.. topic.Select(offset => new OffsetCommitRequest.OffsetCommitRequestPartition
                {
                    PartitionIndex = offset.Key.Partition,
                    CommittedOffset = offset.Value,
                    CommittedMetadata = "",
                })],
            })],
        };
        await cluster.SendToCoordinatorAsync<OffsetCommitResponse>(
            groupId,
            request,
            response => response.Topics.SelectMany(topic => topic.Partitions).Select(partition => partition.ErrorCode).FirstOrDefault(error => error != ErrorCode.None),
            cancellationToken);
    }

    /// <summary>Deletes a group without members, with its offsets.</summary>
    public Task DeleteAsync(string groupId, CancellationToken cancellationToken) =>
        cluster.SendToCoordinatorAsync<DeleteGroupsResponse>(
            groupId, new DeleteGroupsRequest { GroupsNames = [groupId] }, response => response.Results[0].ErrorCode, cancellationToken);

    /// <summary>Deletes offsets of topics that nobody in the group consumes from.</summary>
    public Task DeleteOffsetsAsync(
        string groupId, IEnumerable<(string Topic, int Partition)> partitions, CancellationToken cancellationToken) =>
        cluster.SendToCoordinatorAsync<OffsetDeleteResponse>(
            groupId,
            new OffsetDeleteRequest
            {
                GroupId = groupId,
                Topics = [.. partitions.GroupBy(partition => partition.Topic).Select(topic => new OffsetDeleteRequest.OffsetDeleteRequestTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = partition.Partition })],
                })],
            },
            response => response.ErrorCode != ErrorCode.None
                ? response.ErrorCode
                : response.Topics.SelectMany(topic => topic.Partitions).Select(partition => partition.ErrorCode).FirstOrDefault(error => error != ErrorCode.None),
            cancellationToken);

    /// <summary>Sends members away; they may join again.</summary>
    public Task RemoveMembersAsync(string groupId, IEnumerable<GroupMember> members, CancellationToken cancellationToken) =>
        cluster.SendToCoordinatorAsync<LeaveGroupResponse>(
            groupId,
            new LeaveGroupRequest
            {
                GroupId = groupId,
                Members = [.. members.Select(member => new LeaveGroupRequest.MemberIdentity
                {
                    MemberId = member.MemberId,
                    GroupInstanceId = member.InstanceId,
                    Reason = "removed by an administrator",
                })],
            },
            response => response.ErrorCode != ErrorCode.None
                ? response.ErrorCode
                : response.Members.Select(member => member.ErrorCode).FirstOrDefault(error => error != ErrorCode.None),
            cancellationToken);

    private async Task<Dictionary<Guid, string>> FindNamesAsync(CancellationToken cancellationToken) =>
        (await cluster.DescribeAsync(topics: null, cancellationToken)).Topics.ToDictionary(topic => topic.TopicId, topic => topic.Name!);

    private static GroupDetails ToDetails(ConsumerGroupDescribeResponse.DescribedGroup group) => new(
        group.GroupId,
        "consumer",
        group.GroupState,
        group.AssignorName,
        group.GroupEpoch,
        [.. group.Members.Select(member => new GroupMember(
            member.MemberId,
            member.InstanceId,
            member.ClientId,
            member.ClientHost,
            member.MemberEpoch,
            member.MemberType == 0 ? "classic" : "consumer",
            [.. member.Assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.TopicName, partition)))]))]);

    private static GroupDetails ToDetails(DescribeGroupsResponse.DescribedGroup group) => new(
        group.GroupId,
        "classic",
        group.GroupState,
        group.ProtocolData,
        Epoch: null,
        [.. group.Members.Select(member => new GroupMember(
            member.MemberId,
            member.GroupInstanceId,
            member.ClientId,
            member.ClientHost,
            Epoch: null,
            "classic",
            group.ProtocolType == ConsumerProtocolType ? ReadAssignment(member.MemberAssignment) : []))]);

    /// <summary>What a member that is a consumer was assigned; nothing where the bytes say something else.</summary>
    private static List<(string Topic, int Partition)> ReadAssignment(byte[] bytes)
    {
        const short newestVersion = 3;
        if (bytes.Length < sizeof(short))
        {
            return [];
        }

        try
        {
            var reader = new MessageReader(bytes.AsMemory(sizeof(short)));
            var assignment = new ConsumerProtocolAssignment();
            assignment.Read(ref reader, Math.Clamp(BinaryPrimitives.ReadInt16BigEndian(bytes), (short)0, newestVersion));
            return [.. assignment.AssignedPartitions.SelectMany(topic => topic.Partitions.Select(partition => (topic.Topic, partition)))];
        }
        catch (MalformedMessageException)
        {
            return [];
        }
    }
}
