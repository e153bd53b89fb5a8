using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>One group of the consumer protocol on virtual time, with a store that answers when the test wants.</summary>
internal sealed class ConsumerGroupHarness
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<GroupChange> _unstored = [];
    private int _ids;

    public ConsumerGroupHarness(GroupOptions? options = null)
    {
        Options = options ?? new GroupOptions { ConsumerSessionTimeoutMs = 10_000 };
        Clock = new GroupClock(_time);
        Group = new ConsumerGroup("g", Options, Topics, Clock, NullLogger.Instance);
    }

    public GroupOptions Options { get; }

    public GroupClock Clock { get; }

    public TopicList Topics { get; } = new();

    public ConsumerGroup Group { get; private set; }

    /// <summary>Whether the store takes what the group hands out at once.</summary>
    public bool StoresAtOnce { get; set; } = true;

    public GroupRecord? Stored { get; private set; }

    /// <summary>How many records the store has taken.</summary>
    public int Writes { get; private set; }

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

    /// <summary>Lets time pass as the shard's timer would: from deadline to deadline.</summary>
    public void Pass(int ms)
    {
        var untilMs = Clock.NowMs + ms;
        while (Group.NextDeadlineMs <= untilMs)
        {
            PassTo(Group.NextDeadlineMs);
            Group.Advance();
            Settle();
        }

        PassTo(untilMs);
    }

    public void AnswerStore(ErrorCode error)
    {
        var changes = _unstored.ToList();
        _unstored.Clear();
        foreach (var change in changes)
        {
            Note(change, error);
            Group.OnStored(change, error);
        }

        Settle();
    }

    /// <summary>The coordinator is gone; another one has what is stored.</summary>
    public void FailOver()
    {
        Group.Die(ErrorCode.NotCoordinator);
        _unstored.Clear();
        Group = Stored is null
            ? new ConsumerGroup("g", Options, Topics, Clock, NullLogger.Instance)
            : ConsumerGroup.Load(GroupRecord.Parser.ParseFrom(Google.Protobuf.MessageExtensions.ToByteArray(Stored)), Options, Topics, Clock, NullLogger.Instance);
    }

    private void PassTo(long ms)
    {
        if (ms > Clock.NowMs)
        {
            _time.Advance(TimeSpan.FromMilliseconds(ms - Clock.NowMs));
        }
    }

    private void Note(GroupChange change, ErrorCode error)
    {
        if (error == ErrorCode.None)
        {
            Stored = change.Record;
            Writes++;
        }
    }

    private void Settle()
    {
        while (Group.TakeChange() is { } change)
        {
            if (StoresAtOnce)
            {
                Note(change, ErrorCode.None);
                Group.OnStored(change, ErrorCode.None);
            }
            else
            {
                _unstored.Add(change);
            }
        }
    }
}
