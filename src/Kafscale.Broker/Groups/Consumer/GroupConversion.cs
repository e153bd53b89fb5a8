using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// A group between the two protocols (KIP-848). Members keep their ids, their partitions, and their generation, which is the
/// epoch of the other protocol.
/// </summary>
internal static class GroupConversion
{
    /// <summary>A classic group as one of the consumer protocol, all of whose members still speak the classic one.</summary>
    /// <returns>False where its members are not consumers, or are so in a way of their own.</returns>
    public static bool TryToConsumerGroup(GroupRecord classic, ITopicDirectory topics, [NotNullWhen(true)] out GroupRecord? consumer)
    {
        consumer = null;
        var members = new List<ConsumerGroupMember>();
        foreach (var record in classic.Members)
        {
            if (classic.ProtocolType != ConsumerSubscription.ProtocolType
                || record.Protocols.Count == 0
                || !ClassicConsumerProtocol.TryReadSubscription(record.Protocols[0].Metadata.Memory, out var subscription))
            {
                return false;
            }

            var hasAssignment = ClassicConsumerProtocol.TryReadAssignment(record.Assignment.Memory, out var assignment);
            if (record.Assignment.Length > 0 && !hasAssignment)
            {
                return false;
            }

            members.Add(new ConsumerGroupMember
            {
                Id = record.MemberId,
                InstanceId = record.HasInstanceId ? record.InstanceId : null,
                RackId = subscription.RackId,
                ClientId = record.ClientId,
                ClientHost = record.ClientHost,
                RebalanceTimeoutMs = record.RebalanceTimeoutMs,
                SubscribedTopicNames = [.. subscription.Topics.Distinct().Order(StringComparer.Ordinal)],
                Epoch = classic.Generation,
                PreviousEpoch = classic.Generation,
                Assigned = ClassicConsumerProtocol.ToPartitions(assignment?.AssignedPartitions ?? [], topics),
                Classic = new ClassicMember
                {
                    SessionTimeoutMs = record.SessionTimeoutMs,
                    Protocols = [.. record.Protocols.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.Memory))],
                },
            });
        }

        consumer = ConsumerGroupRecords.ToRecord(classic.GroupId, classic.Generation, classic.StateChangedAtMs, members);
        return true;
    }

    /// <summary>A group of the consumer protocol, all of whose members speak the classic one, as a classic group.</summary>
    public static GroupRecord ToClassicGroup(GroupRecord consumer, ITopicDirectory topics)
    {
        var members = consumer.Consumer.Members.Select(ConsumerGroupRecords.ToMember).ToList();
        var classic = new GroupRecord
        {
            GroupId = consumer.GroupId,
            ProtocolType = consumer.ProtocolType,
            Generation = consumer.Generation,
            StateChangedAtMs = consumer.StateChangedAtMs,
            Members = { members.Select(member => ToClassicMember(member, topics)) },
        };
        if (members.Count > 0)
        {
            classic.Leader = members[0].Id;
            classic.ProtocolName = members[0].Classic!.Protocols
                .First(protocol => members.TrueForAll(member => member.Classic!.Protocols.Any(known => known.Name == protocol.Name))).Name;
        }

        return classic;
    }

    private static GroupMemberRecord ToClassicMember(ConsumerGroupMember member, ITopicDirectory topics)
    {
        var record = new GroupMemberRecord
        {
            MemberId = member.Id,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            SessionTimeoutMs = member.Classic!.SessionTimeoutMs,
            RebalanceTimeoutMs = member.RebalanceTimeoutMs,
            Assignment = ByteString.CopyFrom(ClassicConsumerProtocol.WriteAssignment(member.Classic, member.Assigned, topics)),
            Protocols =
            {
                member.Classic.Protocols.Select(protocol => new GroupProtocolRecord
                {
                    Name = protocol.Name,
                    Metadata = UnsafeByteOperations.UnsafeWrap(protocol.Metadata),
                }),
            },
        };
        if (member.InstanceId is not null)
        {
            record.InstanceId = member.InstanceId;
        }

        return record;
    }
}
