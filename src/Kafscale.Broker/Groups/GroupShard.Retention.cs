using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <content>What has had its time goes.</content>
internal sealed partial class GroupShard
{
    /// <summary>Lets go what is past its time; it goes once the store has forgotten it.</summary>
    public void CheckRetention()
    {
        foreach (var groupId in _groups.Keys)
        {
            try
            {
                Use(groupId, create: false, missing: false, CheckRetention);
            }
            catch (Exception exception)
            {
                // One group's trouble must not keep what others have for ever.
                LogRetentionFailed(exception, groupId);
            }
        }
    }

    private bool CheckRetention(Group group)
    {
        // An offset on its way to the store is younger than anything that could go.
        if (group.WritesInProgress > 0 || group.Membership.IsDead)
        {
            return false;
        }

        RemoveMissingTopics(group);
        if (!group.Membership.IsEmpty || !group.Membership.IsVacant || group.WritesInProgress > 0)
        {
            return false;
        }

        var nowMs = _clock.UtcNowMs;
        var expired = group.Offsets.Where(offset => IsExpired(group.Membership, offset.Value, nowMs)).Select(offset => offset.Key).ToList();
        if (expired.Count == group.Offsets.Count)
        {
            LogOffsetsGo(expired.Count, group.Id, "the group has no members, and nothing else that is worth keeping");
            Delete(group);
        }
        else if (expired.Count > 0)
        {
            LogOffsetsGo(expired.Count, group.Id, "they are past offsets.retention.minutes");
            DeleteOffsets(group, expired);
        }

        return true;
    }

    /// <summary>
    /// Offsets go with their topic. This finds those whose deletion nobody has told us of. It takes two checks: at the
    /// first, the broker may not have heard of a new topic yet.
    /// </summary>
    private void RemoveMissingTopics(Group group)
    {
        var missing = group.Offsets.Keys.Select(key => key.TopicId).Where(topicId => !_topics.TryGetTopic(topicId, out _, out _)).ToHashSet();
        RemoveTopics(group, missing.Where(group.MissingTopics.Contains).ToHashSet());
        group.MissingTopics = missing;
    }

    private bool IsExpired(IGroupMembership membership, CommittedOffset offset, long nowMs)
    {
        if (offset.ExpiresAtMs is { } expiresAtMs)
        {
            return nowMs >= expiresAtMs;
        }

        // A group that has had members keeps its offsets from when the last one left; one that never had counts from the commit.
        var sinceMs = membership.ProtocolType is null ? offset.CommittedAtMs : Math.Max(offset.CommittedAtMs, membership.StateChangedAtMs);
        return nowMs - sinceMs >= _options.OffsetsRetentionMinutes * 60_000L;
    }

    [LoggerMessage(1427, LogLevel.Error, "What group {GroupId} keeps for too long could not be found out; the next check tries again.")]
    private partial void LogRetentionFailed(Exception exception, string groupId);
}
