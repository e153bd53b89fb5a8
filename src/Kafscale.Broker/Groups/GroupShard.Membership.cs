using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>The members' own requests.</content>
internal sealed partial class GroupShard
{
    /// <summary>Joins a group; completes when the next generation begins.</summary>
    public Task<JoinGroupResult> JoinAsync(string groupId, JoinGroupCommand command)
    {
        // A member that has an id got it from a group that exists; a client without one may found a group.
        var unknown = JoinGroupResult.Failed(command.MemberId, ErrorCode.UnknownMemberId);
        var completion = new TaskCompletionSource<JoinGroupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Use(groupId, create: command.MemberId.Length == 0, missing: Task.FromResult(unknown), group =>
        {
            if (group.Membership is ConsumerGroup { IsEmpty: true } empty)
            {
                BecomeClassic(group, empty);
            }

            group.Membership.Join(command, completion);
            return completion.Task;
        });
    }

    /// <summary>The client of a JoinGroup request that still waits has hung up.</summary>
    public void AbandonJoin(string groupId, Task<JoinGroupResult> joining) => Use(groupId, create: false, missing: false, group =>
    {
        group.Membership.Abandon(joining);
        return true;
    });

    /// <summary>Asks for the member's assignment, and brings everybody's where the member leads; completes when it is durable.</summary>
    public Task<SyncGroupResult> SyncAsync(string groupId, SyncGroupCommand command)
    {
        var unknown = SyncGroupResult.Failed(ErrorCode.UnknownMemberId);
        var completion = new TaskCompletionSource<SyncGroupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Use(groupId, create: false, missing: Task.FromResult(unknown), group =>
        {
            group.Membership.Sync(command, completion);
            return completion.Task;
        });
    }

    /// <summary>A member reports that it lives. Nothing is written.</summary>
    public ErrorCode Heartbeat(string groupId, string memberId, string? instanceId, int generation) =>
        Use(groupId, create: false, ErrorCode.UnknownMemberId, group => group.Membership.Heartbeat(memberId, instanceId, generation));

    /// <summary>Members go. Where the group is empty without them, that is durable before they are told.</summary>
    public async Task<IReadOnlyList<ErrorCode>> LeaveAsync(string groupId, IReadOnlyList<LeavingMember> leaving)
    {
        IReadOnlyList<ErrorCode> unknown = [.. leaving.Select(_ => ErrorCode.UnknownMemberId)];
        var (errors, stored) = Use(groupId, create: false, missing: (unknown, null), group =>
        {
            var results = group.Membership.Leave(leaving);
            return (results, StoreMembership(group));
        });
        if (stored is not null)
        {
            // They are gone from memory whatever becomes of it; a coordinator that loads the older state waits for them
            // for a session timeout.
            await WaitForStoreAsync(stored);
        }

        return errors;
    }
}
