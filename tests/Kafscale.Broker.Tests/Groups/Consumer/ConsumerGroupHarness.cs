using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>One group of the consumer protocol on virtual time, with a store that answers when the test wants.</summary>
internal sealed class ConsumerGroupHarness : MembershipHarness<ConsumerGroup>
{
    private int _ids;

    public ConsumerGroupHarness(GroupOptions? options = null)
        : base(options ?? new GroupOptions { ConsumerSessionTimeoutMs = 10_000 })
    {
        Configurations = new GroupConfigurationList(Options);
        Group = new ConsumerGroup("g", Options, Topics, Configurations, Clock, NullLogger.Instance);
    }

    public GroupConfigurationList Configurations { get; }

    public TopicList Topics { get; } = new();

    public override ConsumerGroup Group { get; set; }

    public GroupRecord? Stored => LastStored?.Record;

    public string NewMemberId() => $"m{++_ids}";

    /// <summary>A first heartbeat of a consumer that subscribes to topics.</summary>
    public ConsumerHeartbeatCommand Joining(params string[] topics) => new()
    {
        MemberId = NewMemberId(),
        MemberEpoch = ConsumerHeartbeatCommand.Joining,
        RebalanceTimeoutMs = 30_000,
        SubscribedTopicNames = topics,
        Owned = ConsumerGroupMember.NoPartitions,
        ClientId = "client",
        ClientHost = "/127.0.0.1",
    };

    /// <summary>The answer, and whether it may be given: otherwise it waits for the store.</summary>
    public PendingHeartbeat Heartbeat(ConsumerHeartbeatCommand command)
    {
        var result = Group.Heartbeat(command);
        Settle();
        return new PendingHeartbeat(result, result.Error == ErrorCode.None ? Group.Storing : null);
    }

    public ConsumerHeartbeatResult Now(ConsumerHeartbeatCommand command) => Heartbeat(command).Answer;

    public Task<JoinGroupResult> Join(JoinGroupCommand command)
    {
        var completion = new TaskCompletionSource<JoinGroupResult>();
        Group.Join(command, completion);
        Settle();
        return completion.Task;
    }

    public Task<SyncGroupResult> Sync(SyncGroupCommand command)
    {
        var completion = new TaskCompletionSource<SyncGroupResult>();
        Group.Sync(command, completion);
        Settle();
        return completion.Task;
    }

    public ErrorCode ClassicHeartbeat(string memberId, int generation)
    {
        var error = Group.Heartbeat(memberId, null, generation);
        Settle();
        return error;
    }

    public ErrorCode ClassicLeave(string memberId)
    {
        var error = Assert.Single(Group.Leave([new LeavingMember(memberId, null, null)]));
        Settle();
        return error;
    }

    /// <summary>The coordinator is gone; another one has what is stored.</summary>
    public void FailOver()
    {
        Group.Die(ErrorCode.NotCoordinator);
        Unstored.Clear();
        Group = Stored is null
            ? new ConsumerGroup("g", Options, Topics, Configurations, Clock, NullLogger.Instance)
            : ConsumerGroup.Load(
                GroupRecord.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(Stored)), Options, Topics, Configurations, Clock, NullLogger.Instance);
    }
}
