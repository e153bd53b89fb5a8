using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <content>The consumer protocol (KIP-848), and groups that go over to it or come back from it.</content>
internal sealed partial class GroupShard
{
    /// <summary>A member joins, reports, or leaves; completes when what it is told is durable. Where nothing has changed, nothing is written.</summary>
    public async Task<ConsumerHeartbeatResult> ConsumerHeartbeatAsync(string groupId, ConsumerHeartbeatCommand command)
    {
        var isJoining = command.MemberEpoch == ConsumerHeartbeatCommand.Joining;
        var unknown = ConsumerHeartbeatResult.Failed(ErrorCode.UnknownMemberId, $"Group {groupId} has no members.");
        var (result, storing) = Use<(ConsumerHeartbeatResult, Task<ErrorCode>?)>(groupId, create: isJoining, missing: (unknown, null), group =>
        {
            var answer = group.Membership is ClassicGroup classic ? JoinAsConsumer(group, classic, command) : ((ConsumerGroup)group.Membership).Heartbeat(command);
            var stored = StoreMembership(group);
            return (answer, answer.Error == ErrorCode.None ? stored : null);
        });
        var error = storing is null ? ErrorCode.None : await WaitForStoreAsync(storing);
        return error == ErrorCode.None ? result : ConsumerHeartbeatResult.Failed(error, "What has changed could not be stored.");
    }

    /// <summary>
    /// A member of the consumer protocol comes to a group of the classic one (KIP-848): the group goes over, with its members, and only
    /// where the new one is accepted. Whoever is refused leaves no trace.
    /// </summary>
    private ConsumerHeartbeatResult JoinAsConsumer(Group group, ClassicGroup classic, ConsumerHeartbeatCommand command)
    {
        if (classic.IsDead)
        {
            return ConsumerHeartbeatResult.Failed(WhyDead == ErrorCode.NotCoordinator ? WhyDead : ErrorCode.CoordinatorNotAvailable, "The group has ended.");
        }

        if (command.MemberEpoch != ConsumerHeartbeatCommand.Joining)
        {
            // It was one before the group went back to the classic protocol; it may join as one again.
            return ConsumerHeartbeatResult.Failed(ErrorCode.UnknownMemberId, $"Group {group.Id} is not a consumer group.");
        }

        var mayGoOver = classic.IsVacant
            || _options.ConsumerMigrationPolicy is ConsumerGroupMigrationPolicy.Upgrade or ConsumerGroupMigrationPolicy.Bidirectional;
        if (!mayGoOver
            || classic.Members.Count > _options.ConsumerMaxSize
            || !GroupConversion.TryToConsumerGroup(classic.ToRecord(), _topics, out var record))
        {
            return ConsumerHeartbeatResult.Failed(
                ErrorCode.GroupIdNotFound,
                $"Cannot upgrade classic group {group.Id} to consumer group: group.consumer.migration.policy forbids it, or its members do not use the consumer embedded protocol.");
        }

        var consumer = ConsumerGroup.Load(record, _options, _topics, _configurations, _clock, _logger);
        var answer = consumer.Heartbeat(command);
        if (answer.Error == ErrorCode.None)
        {
            LogConverted(group.Id, classic.TypeName, "consumer", classic.Members.Count);
            classic.Die(ErrorCode.RebalanceInProgress);
            group.Membership = consumer;
        }

        return answer;
    }

    /// <summary>No member speaks the consumer protocol any more: the group goes back to the classic one.</summary>
    private Task<ErrorCode>? BecomeClassic(Group group, ConsumerGroup consumer)
    {
        var record = GroupConversion.ToClassicGroup(consumer.ToRecord(), _topics);
        LogConverted(group.Id, consumer.TypeName, "classic", record.Members.Count);
        var classic = ClassicGroup.Load(record, _options, _clock, _logger);
        group.Membership = classic;

        // Whoever still waits for the last record of the old kind asks again.
        consumer.Die(ErrorCode.CoordinatorNotAvailable);
        classic.TakeOver("the last member of the consumer protocol has gone");
        return StoreChange(group);
    }

    [LoggerMessage(1426, LogLevel.Information, "Group {GroupId} goes over from the {From} to the {To} protocol, with {MemberCount} members.")]
    private partial void LogConverted(string groupId, string from, string to, int memberCount);
}
