using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>A group of the consumer protocol between its form in memory and in metadata values.</summary>
internal static class ConsumerGroupRecords
{
    public static GroupRecord ToRecord(string groupId, int epoch, long stateChangedAtMs, IEnumerable<ConsumerGroupMember> members) => new()
    {
        GroupId = groupId,
        ProtocolType = ConsumerSubscription.ProtocolType,
        Generation = epoch,
        StateChangedAtMs = stateChangedAtMs,
        Consumer = new ConsumerGroupRecord { Members = { members.Select(ToRecord) } },
    };

    public static ConsumerGroupMember ToMember(ConsumerMemberRecord record)
    {
        var pendingRevocation = ToPartitions(record.PendingRevocation);
        return new ConsumerGroupMember
        {
            Id = record.MemberId,
            InstanceId = record.HasInstanceId ? record.InstanceId : null,
            RackId = record.HasRackId ? record.RackId : null,
            ClientId = record.ClientId,
            ClientHost = record.ClientHost,
            RebalanceTimeoutMs = record.RebalanceTimeoutMs,
            SubscribedTopicNames = [.. record.SubscribedTopicNames],
            SubscribedTopicRegex = record.HasSubscribedTopicRegex ? record.SubscribedTopicRegex : null,
            ServerAssignor = record.HasServerAssignor ? record.ServerAssignor : null,
            Epoch = record.Epoch,
            PreviousEpoch = record.PreviousEpoch,
            State = pendingRevocation.Count > 0 ? ConsumerMemberState.UnrevokedPartitions : ConsumerMemberState.Stable,
            Assigned = ToPartitions(record.Assigned),
            PendingRevocation = pendingRevocation,
            Classic = record.Classic is null ? null : new ClassicMember
            {
                SessionTimeoutMs = record.Classic.SessionTimeoutMs,
                Protocols = [.. record.Classic.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.Memory))],
            },
        };
    }

    private static ConsumerMemberRecord ToRecord(ConsumerGroupMember member)
    {
        var record = new ConsumerMemberRecord
        {
            MemberId = member.Id,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            SubscribedTopicNames = { member.SubscribedTopicNames },
            Epoch = member.Epoch,
            PreviousEpoch = member.PreviousEpoch,
            Assigned = { ToRecords(member.Assigned) },
            PendingRevocation = { ToRecords(member.PendingRevocation) },
        };
        if (member.InstanceId is not null)
        {
            record.InstanceId = member.InstanceId;
        }

        if (member.RackId is not null)
        {
            record.RackId = member.RackId;
        }

        if (member.SubscribedTopicRegex is not null)
        {
            record.SubscribedTopicRegex = member.SubscribedTopicRegex;
        }

        if (member.ServerAssignor is not null)
        {
            record.ServerAssignor = member.ServerAssignor;
        }

        if (member.Classic is { } classic)
        {
            record.Classic = new ClassicMemberRecord
            {
                SessionTimeoutMs = classic.SessionTimeoutMs,
                Protocols =
                {
                    classic.Protocols.Select(protocol => new GroupProtocolRecord
                    {
                        Name = protocol.Name,
                        Metadata = UnsafeByteOperations.UnsafeWrap(protocol.Metadata),
                    }),
                },
            };
        }

        return record;
    }

    private static IEnumerable<MemberPartitionsRecord> ToRecords(IEnumerable<AssignedPartition> partitions) =>
        partitions.GroupBy(partition => partition.TopicId).OrderBy(byTopic => byTopic.Key).Select(byTopic => new MemberPartitionsRecord
        {
            TopicId = TopicIds.ToBytes(byTopic.Key),
            Partitions = { byTopic.Select(partition => partition.Partition).Order() },
        });

    private static HashSet<AssignedPartition> ToPartitions(IEnumerable<MemberPartitionsRecord> records) =>
        [.. records.SelectMany(record => record.Partitions.Select(partition => new AssignedPartition(TopicIds.FromBytes(record.TopicId), partition)))];
}
