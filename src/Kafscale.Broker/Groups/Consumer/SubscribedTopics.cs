namespace Kafscale.Broker.Groups.Consumer;

/// <summary>Finds out what topics the subscriptions of a group stand for. Patterns are matched again only where topics have changed.</summary>
internal sealed class SubscribedTopics(ITopicDirectory directory)
{
    private readonly Dictionary<string, HashSet<Guid>> _byPattern = new(StringComparer.Ordinal);
    private Dictionary<Guid, int> _partitionCounts = [];
    private long _revision = -1;

    /// <summary>Whether topics have come, gone or grown since the last look.</summary>
    public bool IsOutdated => _revision != directory.Revision;

    /// <summary>Looks again at what the members subscribe to.</summary>
    /// <returns>Whether there is a difference to the last time: other topics, or more partitions.</returns>
    public bool Refresh(IEnumerable<ConsumerGroupMember> members)
    {
        if (IsOutdated)
        {
            // Read first: what changes meanwhile is noticed the next time.
            _revision = directory.Revision;
            _byPattern.Clear();
        }

        var counts = new Dictionary<Guid, int>();
        var patterns = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in members)
        {
            if (!string.IsNullOrEmpty(member.SubscribedTopicRegex))
            {
                patterns.Add(member.SubscribedTopicRegex);
            }

            foreach (var topicId in FindTopics(member))
            {
                if (!counts.ContainsKey(topicId) && directory.TryGetTopic(topicId, out _, out var partitionCount))
                {
                    counts.Add(topicId, partitionCount);
                }
            }
        }

        foreach (var unused in _byPattern.Keys.Where(pattern => !patterns.Contains(pattern)).ToList())
        {
            _byPattern.Remove(unused);
        }

        var hasChanged = counts.Count != _partitionCounts.Count
            || counts.Any(topic => _partitionCounts.GetValueOrDefault(topic.Key, -1) != topic.Value);
        _partitionCounts = counts;
        return hasChanged;
    }

    /// <summary>The topics that existed at the last look, in an order that stays.</summary>
    public IReadOnlyList<AssignorTopic> ToAssignorTopics() =>
        [.. _partitionCounts.OrderBy(topic => topic.Key).Select(topic => new AssignorTopic(
            topic.Key, topic.Value, partition => directory.FindLeaderRack(topic.Key, partition)))];

    /// <summary>What a member subscribes to, by names and by its pattern.</summary>
    public IReadOnlySet<Guid> FindTopics(ConsumerGroupMember member)
    {
        var topicIds = new HashSet<Guid>();
        foreach (var name in member.SubscribedTopicNames)
        {
            if (directory.TryGetTopic(name, out var topicId, out _))
            {
                topicIds.Add(topicId);
            }
        }

        if (!string.IsNullOrEmpty(member.SubscribedTopicRegex))
        {
            topicIds.UnionWith(FindMatches(member.SubscribedTopicRegex));
        }

        return topicIds;
    }

    private HashSet<Guid> FindMatches(string text)
    {
        if (_byPattern.TryGetValue(text, out var known))
        {
            return known;
        }

        var matches = new HashSet<Guid>();
        if (SubscriptionPattern.TryParse(text, out var pattern, out _))
        {
            foreach (var name in directory.Names)
            {
                if (pattern.Matches(name) && directory.TryGetTopic(name, out var topicId, out _))
                {
                    matches.Add(topicId);
                }
            }
        }

        _byPattern.Add(text, matches);
        return matches;
    }
}
