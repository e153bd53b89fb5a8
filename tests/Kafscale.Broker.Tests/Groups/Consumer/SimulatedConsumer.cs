using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>A client of a <see cref="ConsumerGroupHarness"/>: does what a consumer does, in one of the protocols, and notes what it has.</summary>
internal sealed class SimulatedConsumer(ConsumerGroupHarness harness, SimulatedConsumer.Kind kind, string? instanceId)
{
    private readonly HashSet<AssignedPartition> _revoking = [];
    private string[] _topics = [];
    private IReadOnlyList<string>? _toldTopics;
    private bool _mustTellAll;
    private int _epoch;
    private PendingHeartbeat? _heartbeating;
    private Task<JoinGroupResult>? _joining;
    private bool _mustJoin;
    private bool _mustSync;

    public enum Kind
    {
        Consumer,
        Eager,
        Cooperative,
    }

    /// <summary>What it consumes from, or has not yet given back.</summary>
    public HashSet<AssignedPartition> Owned { get; } = [];

    public string MemberId { get; private set; } = "";

    public bool IsMember => MemberId.Length > 0;

    public bool IsStatic => instanceId is not null;

    public bool IsWaiting => _heartbeating is { IsCompleted: false } || _joining is { IsCompleted: false };

    public int Epoch => _epoch;

    public void Subscribe(string[] topics)
    {
        _topics = topics;
        _mustJoin = true;
    }

    /// <summary>Does the next thing that a consumer would do.</summary>
    public void Step()
    {
        Hear();
        if (IsWaiting)
        {
            return;
        }

        if (kind == Kind.Consumer)
        {
            Report();
        }
        else
        {
            StepClassic();
        }

        Hear();
    }

    /// <summary>Has given back what it was asked for; the next report says so.</summary>
    public void FinishRevoking()
    {
        Owned.ExceptWith(_revoking);
        _revoking.Clear();
    }

    public void Leave()
    {
        Hear();
        if (!IsMember || IsWaiting)
        {
            return;
        }

        if (kind == Kind.Consumer)
        {
            harness.Heartbeat(new ConsumerHeartbeatCommand
            {
                MemberId = MemberId,
                InstanceId = instanceId,
                MemberEpoch = instanceId is null ? ConsumerHeartbeatCommand.Leaving : ConsumerHeartbeatCommand.LeavingForAWhile,
            });
        }
        else
        {
            harness.ClassicLeave(MemberId);
        }

        Forget();
    }

    /// <summary>The process dies, and whatever it is told from now on nobody hears.</summary>
    public void Forget()
    {
        MemberId = "";
        _epoch = 0;
        _toldTopics = null;
        _heartbeating = null;
        _joining = null;
        _mustJoin = _mustSync = false;
        Owned.Clear();
        _revoking.Clear();
    }

    /// <summary>Takes note of answers that have come.</summary>
    public void Hear()
    {
        if (_heartbeating is { IsCompleted: true } heartbeating)
        {
            _heartbeating = null;
            OnReported(heartbeating.Answer);
        }

        if (_joining is { IsCompleted: true } joining)
        {
            _joining = null;
            OnJoined(joining.Result);
        }
    }

    private void Report()
    {
        if (!IsMember)
        {
            Forget();
            MemberId = harness.NewMemberId();
        }

        var isJoining = _epoch == 0;
        var isFull = isJoining || _mustTellAll;
        _heartbeating = harness.Heartbeat(new ConsumerHeartbeatCommand
        {
            MemberId = MemberId,
            InstanceId = instanceId,
            MemberEpoch = _epoch,
            RebalanceTimeoutMs = isFull ? 30_000 : null,
            SubscribedTopicNames = isFull || _toldTopics is null || !_toldTopics.SequenceEqual(_topics) ? _topics : null,
            Owned = isJoining ? ConsumerGroupMember.NoPartitions : Owned.ToHashSet(),
        });
        _toldTopics = _topics;
        _mustTellAll = false;
    }

    private void OnReported(ConsumerHeartbeatResult result)
    {
        switch (result.Error)
        {
            case ErrorCode.None:
                _epoch = result.MemberEpoch;
                if (result.Assignment is { } assignment)
                {
                    _revoking.Clear();
                    _revoking.UnionWith(Owned.Except(assignment));
                    Owned.UnionWith(assignment);
                }

                break;
            case ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable:
                _mustTellAll = true;
                break;
            case ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch or ErrorCode.UnreleasedInstanceId or ErrorCode.GroupMaxSizeReached or ErrorCode.FencedInstanceId:
                Forget();
                break;
            default:
                Assert.Fail($"{result.Error}: {result.ErrorMessage}");
                break;
        }
    }

    private void StepClassic()
    {
        if (!IsMember || _mustJoin)
        {
            Rejoin();
        }
        else if (_mustSync)
        {
            Sync();
        }
        else
        {
            var error = harness.ClassicHeartbeat(MemberId, _epoch);
            if (error == ErrorCode.RebalanceInProgress)
            {
                _mustJoin = true;
            }
            else if (error != ErrorCode.None)
            {
                Forget();
            }
        }
    }

    private void Rejoin()
    {
        if (kind == Kind.Eager)
        {
            Owned.Clear();
        }

        FinishRevoking();
        _mustJoin = false;
        _mustSync = false;
        var subscription = new ConsumerProtocolSubscription { Topics = [.. _topics] };
        foreach (var topic in Owned.GroupBy(partition => partition.TopicId))
        {
            if (harness.Topics.TryGetTopic(topic.Key, out var name, out _))
            {
                subscription.OwnedPartitions.Add(new() { Topic = name, Partitions = [.. topic.Select(partition => partition.Partition)] });
            }
        }

        _joining = harness.Join(new JoinGroupCommand
        {
            MemberId = MemberId,
            NewMemberId = harness.NewMemberId(),
            ClientId = "classic",
            ClientHost = "/127.0.0.1",
            SessionTimeoutMs = 10_000,
            RebalanceTimeoutMs = 30_000,
            ProtocolType = "consumer",
            Protocols = [new GroupProtocol("cooperative-sticky", ClassicBytes.Of(subscription, 1))],
        });
    }

    private void OnJoined(JoinGroupResult result)
    {
        if (result.Error == ErrorCode.None)
        {
            MemberId = result.MemberId;
            _epoch = result.Generation;
            _mustSync = true;
        }
        else if (result.Error is ErrorCode.CoordinatorNotAvailable or ErrorCode.NotCoordinator && IsMember)
        {
            _mustJoin = true;
        }
        else
        {
            Forget();
        }
    }

    private void Sync()
    {
        var result = harness.Sync(new SyncGroupCommand { MemberId = MemberId, Generation = _epoch, Assignments = new Dictionary<string, ReadOnlyMemory<byte>>() }).Result;
        _mustSync = false;
        if (result.Error == ErrorCode.None)
        {
            Assert.True(ClassicConsumerProtocol.TryReadAssignment(result.Assignment, out var assignment));
            var assigned = ClassicConsumerProtocol.ToPartitions(assignment.AssignedPartitions, harness.Topics);

            // A cooperative consumer gives back what it was not assigned again, and joins anew to say so.
            _mustJoin = Owned.Except(assigned).Any();
            Owned.Clear();
            Owned.UnionWith(assigned);
        }
        else if (result.Error == ErrorCode.RebalanceInProgress)
        {
            _mustJoin = true;
        }
        else
        {
            Forget();
        }
    }
}
