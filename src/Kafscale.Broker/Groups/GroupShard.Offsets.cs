using Kafscale.Metadata;
using Kafscale.Protocol;

namespace Kafscale.Broker.Groups;

/// <content>Committed offsets.</content>
internal sealed partial class GroupShard
{
    /// <summary>Commits offsets; completes when they are durable.</summary>
    /// <returns>
    /// One code for all of them; GROUP_ID_NOT_FOUND where a generation is named of a group that does not exist.
    /// </returns>
    /// <param name="groupId">The group.</param>
    /// <param name="committer">Who commits.</param>
    /// <param name="offsets">None: only whether they could be committed is found out.</param>
    public async Task<ErrorCode> CommitOffsetsAsync(
        string groupId, OffsetCommitter committer, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> offsets)
    {
        var (error, stored) = Use<(ErrorCode, Task<ErrorCode>?)>(
            groupId, create: committer.Generation < 0, missing: (ErrorCode.GroupIdNotFound, null), group =>
            {
                var refusal = group.Membership.ValidateOffsetCommit(committer);
                return refusal != ErrorCode.None || offsets.Count == 0 ? (refusal, null) : (ErrorCode.None, StoreOffsets(group, offsets));
            });
        return stored is null ? error : await WaitForStoreAsync(stored);
    }

    /// <summary>Whether a member that names itself may read the group's offsets.</summary>
    public ErrorCode ValidateOffsetFetch(string groupId, string? memberId, int memberEpoch) =>
        Use(groupId, create: false, missing: ErrorCode.None, group => group.Membership.ValidateOffsetFetch(memberId, memberEpoch));

    /// <summary>The committed offset; null where there is none.</summary>
    public CommittedOffset? FindOffset(string groupId, OffsetKey key) =>
        Use(groupId, create: false, missing: null, group => group.Offsets.GetValueOrDefault(key));

    /// <summary>All committed offsets of a group.</summary>
    public IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> ListOffsets(string groupId) =>
        Use<IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>>>(groupId, create: false, missing: [], group => [.. group.Offsets]);

    /// <summary>Deletes offsets of a group that does not consume from those topics; completes when they are gone for good.</summary>
    /// <returns>An error that concerns the group, or the topics that it consumes from, whose offsets stay.</returns>
    public async Task<(ErrorCode Error, IReadOnlySet<Guid> SubscribedTopics)> DeleteOffsetsAsync(string groupId, IReadOnlyList<OffsetKey> keys)
    {
        IReadOnlySet<Guid> none = new HashSet<Guid>();
        var (error, subscribed, stored) = Use<(ErrorCode, IReadOnlySet<Guid>, Task<ErrorCode>?)>(
            groupId, create: false, missing: (ErrorCode.GroupIdNotFound, none, null), group =>
            {
                if (group.Membership.IsDead)
                {
                    return (WhyDead, none, null);
                }

                if (!group.Membership.IsEmpty && group.Membership.ProtocolType != ConsumerSubscription.ProtocolType)
                {
                    return (ErrorCode.NonEmptyGroup, none, null);
                }

                var kept = FindSubscribedTopics(group, keys);
                var deleted = keys.Where(key => !kept.Contains(key.TopicId) && group.Offsets.ContainsKey(key)).Distinct().ToList();
                return (ErrorCode.None, kept, deleted.Count == 0 ? null : DeleteOffsets(group, deleted));
            });
        return (stored is null ? error : await WaitForStoreAsync(stored), subscribed);
    }

    /// <summary>Topics are deleted: every group's offsets for them go.</summary>
    public void RemoveTopics(IReadOnlySet<Guid> topicIds)
    {
        foreach (var groupId in _groups.Keys)
        {
            Use(groupId, create: false, missing: false, group => RemoveTopics(group, topicIds));
        }
    }

    private bool RemoveTopics(Group group, IReadOnlySet<Guid> topicIds)
    {
        var orphans = group.Offsets.Keys.Where(key => topicIds.Contains(key.TopicId)).ToList();
        if (orphans.Count == 0)
        {
            return false;
        }

        LogOffsetsGo(orphans.Count, group.Id, "their topics are deleted");
        DeleteOffsets(group, orphans);
        return true;
    }

    private Task<ErrorCode> StoreOffsets(Group group, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> offsets)
    {
        var operations = new Operation[offsets.Count];
        for (var i = 0; i < operations.Length; i++)
        {
            var (key, offset) = offsets[i];
            operations[i] = new Operation.Put(_keys.Offset(group.EncodedId, key.TopicId, key.Partition), offset.ToBytes());
        }

        var write = new GroupWrite { Shard = _writes!, Operations = operations, OnStored = error => OnOffsetsStored(group, offsets, error) };
        return Enqueue(group, write, mustAccept: false);
    }

    private void OnOffsetsStored(Group group, IReadOnlyList<KeyValuePair<OffsetKey, CommittedOffset>> offsets, ErrorCode error)
    {
        lock (group.Lock)
        {
            group.WritesInProgress--;
            if (error == ErrorCode.None)
            {
                foreach (var (key, offset) in offsets)
                {
                    group.Offsets[key] = offset;
                }
            }

            Settle(group);
        }
    }

    private Task<ErrorCode> DeleteOffsets(Group group, IReadOnlyList<OffsetKey> keys)
    {
        var write = new GroupWrite
        {
            Shard = _writes!,
            Operations = [.. keys.Select(key => new Operation.Delete(KeyRange.Key(_keys.Offset(group.EncodedId, key.TopicId, key.Partition))))],
            OnStored = error => OnOffsetsDeleted(group, keys, error),
        };
        return Enqueue(group, write, mustAccept: true);
    }

    private void OnOffsetsDeleted(Group group, IReadOnlyList<OffsetKey> keys, ErrorCode error)
    {
        lock (group.Lock)
        {
            group.WritesInProgress--;
            if (error == ErrorCode.None)
            {
                // Writes complete in their order: what is here now is older than the deletion.
                foreach (var key in keys)
                {
                    group.Offsets.Remove(key);
                }
            }

            Settle(group);
        }
    }

    /// <summary>Those topics of the keys that a member consumes from; all, where that can not be found out.</summary>
    private HashSet<Guid> FindSubscribedTopics(Group group, IReadOnlyList<OffsetKey> keys)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var isKnown = group.Membership.TryFindSubscribedTopics(names);
        return [.. keys.Select(key => key.TopicId)
            .Where(topicId => !isKnown || (_topics.TryGetTopic(topicId, out var name, out _) && names.Contains(name)))];
    }
}
