using System.Text;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>One group on virtual time, with a store that answers when the test wants.</summary>
internal sealed class GroupHarness : MembershipHarness<ClassicGroup>
{
    private int _ids;

    public GroupHarness(GroupOptions? options = null)
        : base(options ?? new GroupOptions())
    {
        Group = new ClassicGroup("g", Options, Clock, NullLogger.Instance);
    }

    public override ClassicGroup Group { get; set; }

    public static GroupProtocol[] Protocols(params string[] names) => [.. names.Select(name => new GroupProtocol(name, Encoding.UTF8.GetBytes($"{name}-metadata")))];

    public static JoinGroupCommand Command(string memberId = "", string? instanceId = null) => new()
    {
        MemberId = memberId,
        NewMemberId = "",
        InstanceId = instanceId,
        ClientId = "client",
        ClientHost = "/127.0.0.1",
        SessionTimeoutMs = 10_000,
        RebalanceTimeoutMs = 60_000,
        ProtocolType = "consumer",
        Protocols = Protocols("range"),
        RequiresKnownMemberId = true,
        SupportsSkippingAssignment = true,
    };

    public Task<JoinGroupResult> Join(JoinGroupCommand command)
    {
        var completion = new TaskCompletionSource<JoinGroupResult>();
        Group.Join(command with { NewMemberId = $"{command.InstanceId ?? "m"}-{++_ids}" }, completion);
        Settle();
        return completion.Task;
    }

    /// <summary>Joins as a client does: once without an id, and then with the one that it was given.</summary>
    public Task<JoinGroupResult> JoinNew(JoinGroupCommand? command = null)
    {
        command ??= Command();
        var first = Join(command);
        return command.InstanceId is null && command.RequiresKnownMemberId ? Join(command with { MemberId = Now(first).MemberId }) : first;
    }

    public Task<SyncGroupResult> Sync(SyncGroupCommand command)
    {
        var completion = new TaskCompletionSource<SyncGroupResult>();
        Group.Sync(command, completion);
        Settle();
        return completion.Task;
    }

    public Task<SyncGroupResult> Sync(JoinGroupResult joined) => Sync(new SyncGroupCommand
    {
        MemberId = joined.MemberId,
        Generation = joined.Generation,
        Assignments = joined.Members.ToDictionary(member => member.MemberId, member => Assignment(member.MemberId)),
    });

    public ErrorCode Heartbeat(JoinGroupResult joined, string? instanceId = null)
    {
        var error = Group.Heartbeat(joined.MemberId, instanceId, joined.Generation);
        Settle();
        return error;
    }

    public ErrorCode Leave(string memberId, string? instanceId = null)
    {
        var error = Assert.Single(Group.Leave([new LeavingMember(memberId, instanceId, null)]));
        Settle();
        return error;
    }

    public void Abandon(Task<JoinGroupResult> joining)
    {
        Group.Abandon(joining);
        Settle();
    }

    public static ReadOnlyMemory<byte> Assignment(string memberId) => Encoding.UTF8.GetBytes($"for {memberId}");

    /// <summary>A group of new members that is stable; the first one leads.</summary>
    public List<JoinGroupResult> MakeStable(int memberCount, JoinGroupCommand? command = null)
    {
        var joins = Enumerable.Range(0, memberCount).Select(_ => JoinNew(command)).ToList();
        Pass(Options.InitialRebalanceDelayMs);
        Pass(Options.InitialRebalanceDelayMs);
        var joined = joins.ConvertAll(Now);
        var syncs = joined.ConvertAll(Sync);
        Assert.All(syncs, sync => Assert.Equal(ErrorCode.None, Now(sync).Error));
        Assert.Equal(ClassicGroupState.Stable, Group.State);
        return joined;
    }

    /// <summary>The result of something that has to be complete.</summary>
    public static T Now<T>(Task<T> task)
    {
        Assert.True(task.IsCompleted, "It still waits.");
        return task.Result;
    }
}
