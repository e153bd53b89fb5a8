using System.Text;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>A client of a <see cref="GroupHarness"/>: does what a consumer does, and notes what it is told.</summary>
internal sealed class SimulatedMember(GroupHarness harness, string? instanceId)
{
    private JoinGroupCommand? _command;
    private Task<JoinGroupResult>? _joining;
    private Task<SyncGroupResult>? _syncing;
    private JoinGroupResult? _joined;

    /// <summary>Every answer to a request, in order, with the generation that it was about.</summary>
    public List<JoinGroupResult> Joins { get; } = [];

    public List<(int Generation, string MemberId, SyncGroupResult Result)> Syncs { get; } = [];

    /// <summary>Every request that was ever made; all must be answered in the end.</summary>
    public List<Task> Requests { get; } = [];

    public string MemberId { get; private set; } = "";

    /// <summary>It has its assignment and nobody has told it otherwise.</summary>
    public bool IsSettled { get; private set; }

    public bool IsWaiting => _joining is { IsCompleted: false } || _syncing is { IsCompleted: false };

    public int Generation => _joined?.Generation ?? -1;

    public static byte[] AssignmentOf(int generation, string memberId) => Encoding.UTF8.GetBytes($"{generation}/{memberId}");

    public void Join(JoinGroupCommand command)
    {
        IsSettled = false;
        _command = command with { InstanceId = instanceId, MemberId = MemberId };
        _syncing = null;
        _joining = harness.Join(_command);
        Requests.Add(_joining);
        Hear();
    }

    public void Sync()
    {
        if (_joined is null)
        {
            return;
        }

        var generation = _joined.Generation;
        var leads = _joined.Leader == _joined.MemberId && !_joined.SkipAssignment;
        _syncing = harness.Sync(new SyncGroupCommand
        {
            MemberId = MemberId,
            InstanceId = instanceId,
            Generation = generation,
            Assignments = leads
                ? _joined.Members.ToDictionary(member => member.MemberId, member => (ReadOnlyMemory<byte>)AssignmentOf(generation, member.MemberId))
                : new Dictionary<string, ReadOnlyMemory<byte>>(),
        });
        Requests.Add(_syncing);
        Hear();
    }

    public void Heartbeat()
    {
        if (_joined is not null)
        {
            OnError(harness.Heartbeat(_joined, instanceId));
        }
    }

    public void Leave()
    {
        if (MemberId.Length > 0)
        {
            harness.Leave(MemberId, instanceId);
            Forget();
        }
    }

    /// <summary>The process dies: whatever it is told from now on nobody hears.</summary>
    /// <param name="isNoticed">The broker sees its connection go.</param>
    public void Crash(bool isNoticed)
    {
        if (isNoticed && _joining is { } joining)
        {
            harness.Abandon(joining);
        }

        Forget();
    }

    /// <summary>Takes note of answers that have come.</summary>
    public void Hear()
    {
        if (_joining is { IsCompleted: true } joining)
        {
            _joining = null;
            Joins.Add(joining.Result);
            OnJoined(joining.Result);
        }

        if (_syncing is { IsCompleted: true } syncing)
        {
            _syncing = null;
            Syncs.Add((Generation, MemberId, syncing.Result));
            IsSettled = syncing.Result.Error == ErrorCode.None;
            OnError(syncing.Result.Error);
        }
    }

    /// <summary>Does the next thing that a client which wants to be a member would do.</summary>
    public void Strive(JoinGroupCommand command)
    {
        Hear();
        if (IsWaiting)
        {
            return;
        }

        if (_joined is null)
        {
            Join(command);
        }
        else if (!IsSettled)
        {
            Sync();
        }
        else
        {
            Heartbeat();
        }
    }

    private void OnJoined(JoinGroupResult result)
    {
        if (result.Error == ErrorCode.None)
        {
            MemberId = result.MemberId;
            _joined = result;
        }
        else if (result.Error == ErrorCode.MemberIdRequired)
        {
            MemberId = result.MemberId;
            Join(_command!);
        }
        else
        {
            OnError(result.Error);
        }
    }

    private void OnError(ErrorCode error)
    {
        if (error is ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId)
        {
            MemberId = "";
        }

        if (error != ErrorCode.None)
        {
            _joined = null;
            IsSettled = false;
        }
    }

    private void Forget()
    {
        MemberId = "";
        _joined = null;
        _joining = null;
        _syncing = null;
        IsSettled = false;
    }
}
