using Kafscale.Broker.Groups.Consumer;
using Kafscale.Metadata;
using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>Looking at groups from outside, and deleting them.</content>
internal sealed partial class GroupShard
{
    /// <summary>All groups, in no order.</summary>
    public IReadOnlyList<ListedGroup> List()
    {
        var listed = new List<ListedGroup>(_groups.Count);
        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
            {
                listed.Add(new ListedGroup(group.Id, group.Membership.TypeName, group.Membership.ProtocolType ?? "", group.Membership.StateName));
            }
        }

        return listed;
    }

    /// <summary>A group of the classic protocol at this moment; null where there is none.</summary>
    public GroupDescription? Describe(string groupId) =>
        Use(groupId, create: false, missing: null, group => group.Membership is ClassicGroup classic ? GroupDescription.Of(classic) : null);

    /// <summary>A group of the consumer protocol at this moment; null where there is none.</summary>
    public ConsumerGroupDescription? DescribeConsumerGroup(string groupId) =>
        Use(groupId, create: false, missing: null, group => group.Membership is ConsumerGroup consumer ? ConsumerGroupDescription.Of(consumer) : null);

    /// <summary>Deletes a group without members, with its offsets; completes when it is gone for good.</summary>
    public async Task<ErrorCode> DeleteGroupAsync(string groupId)
    {
        var (error, stored) = Use<(ErrorCode, Task<ErrorCode>?)>(
            groupId, create: false, missing: (ErrorCode.GroupIdNotFound, null), group => group.Membership switch
            {
                { IsDead: true } => (WhyDead, null),
                { IsEmpty: true } => (ErrorCode.None, Delete(group)),
                _ => (ErrorCode.NonEmptyGroup, null),
            });
        return stored is null ? error : await WaitForStoreAsync(stored);
    }

    /// <summary>Ends a group; until the store has forgotten it, nobody can found one of the same name.</summary>
    private Task<ErrorCode> Delete(Group group)
    {
        group.Membership.Die(ErrorCode.CoordinatorNotAvailable);
        var write = new GroupWrite
        {
            Shard = _writes!,
            Operations =
            [
                new Operation.Delete(KeyRange.Key(_keys.Group(group.EncodedId))),
                new Operation.Delete(KeyRange.Prefix(_keys.GroupOffsets(group.EncodedId))),
            ],
            NeedsOwnTransaction = true,
            OnStored = error => OnDeleted(group, error),
        };
        return Enqueue(group, write, mustAccept: true);
    }

    private void OnDeleted(Group group, ErrorCode error)
    {
        lock (group.Lock)
        {
            group.WritesInProgress--;
            if (error == ErrorCode.None)
            {
                Remove(group);
            }
        }
    }
}
