using Kafscale.Broker.Groups.Consumer;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <content>Taking over what an earlier coordinator has left.</content>
internal sealed partial class GroupShard
{
    /// <summary>Forgets what an earlier attempt to read the groups has brought.</summary>
    public void Clear() => _groups.Clear();

    /// <summary>A group as it was stored.</summary>
    /// <returns>False where its id can not be one.</returns>
    public bool TryAddGroup(GroupRecord record)
    {
        if (!_keys.TryEncode(record.GroupId, out var encodedId))
        {
            return false;
        }

        IGroupMembership membership = record.Consumer is null
            ? ClassicGroup.Load(record, _options, _clock, _logger)
            : ConsumerGroup.Load(record, _options, _topics, _configurations, _clock, _logger);
        _groups[record.GroupId] = new Group(record.GroupId, encodedId, membership) { HasRecord = true };
        return true;
    }

    /// <summary>An offset as it was stored, after all groups were added.</summary>
    /// <returns>False where the group's id can not be one.</returns>
    public bool TryAddOffset(string groupId, OffsetKey key, CommittedOffset offset)
    {
        if (!_groups.TryGetValue(groupId, out var group))
        {
            if (!_keys.TryEncode(groupId, out var encodedId))
            {
                return false;
            }

            group = new Group(groupId, encodedId, new ClassicGroup(groupId, _options, _clock, _logger));
            _groups[groupId] = group;
        }

        group.Offsets[key] = offset;
        return true;
    }

    /// <summary>Begins to serve what was added.</summary>
    /// <param name="writer">Writes what changes.</param>
    /// <param name="takenOverAt">The revision at which the shard was taken over.</param>
    public void Serve(GroupWriter writer, long takenOverAt)
    {
        _writer = writer;
        _writes = new ShardWrites(Number, takenOverAt, KillGroups);
        writer.Attach(_writes);
        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
            {
                Settle(group);
            }
        }

        IsServing = true;
    }
}
