namespace Kafscale.Broker.Groups.Consumer;

/// <summary>
/// Gives every member as many partitions as the others, as far as what they subscribe to permits, and moves as few as that
/// needs. What is free goes to a member in the rack of the partition's leader before others.
/// </summary>
/// <remarks>
/// In the end no member has two partitions more than another that could take one of them. Each move makes the shares more
/// alike, so this comes to an end.
/// </remarks>
internal sealed class UniformAssignor : IConsumerAssignor
{
    /// <inheritdoc/>
    public string Name => "uniform";

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlySet<AssignedPartition>> Assign(IReadOnlyList<AssignorMember> members, IReadOnlyList<AssignorTopic> topics)
    {
        var shares = members.Select(member => new MemberShare(member)).ToList();
        var subscribers = topics.ToDictionary(topic => topic.Id, topic => shares.FindAll(share => share.Member.Topics.Contains(topic.Id)));
        var free = KeepCurrent(shares, topics);
        var fairShare = members.Count == 0 ? 0 : (topics.Sum(topic => topic.PartitionCount) + members.Count - 1) / members.Count;
        foreach (var topic in topics)
        {
            foreach (var partition in free[topic.Id].Where(_ => subscribers[topic.Id].Count > 0))
            {
                Choose(subscribers[topic.Id], topic.FindLeaderRack(partition), fairShare).Add(topic.Id, partition);
            }
        }

        // What one topic's partitions have evened out may have made room for another's.
        bool hasMoved;
        do
        {
            hasMoved = false;
            foreach (var topic in topics)
            {
                hasMoved |= Balance(topic, subscribers[topic.Id]);
            }
        }
        while (hasMoved);

        return shares.ConvertAll(share => share.ToSet());
    }

    /// <summary>Lets members keep what they have and may have.</summary>
    /// <returns>By topic, the partitions that nobody has.</returns>
    private static Dictionary<Guid, SortedSet<int>> KeepCurrent(List<MemberShare> shares, IReadOnlyList<AssignorTopic> topics)
    {
        var free = topics.ToDictionary(topic => topic.Id, topic => new SortedSet<int>(Enumerable.Range(0, topic.PartitionCount)));
        foreach (var share in shares)
        {
            foreach (var (topicId, partition) in share.Member.Current)
            {
                if (share.Member.Topics.Contains(topicId) && free.TryGetValue(topicId, out var partitions) && partitions.Remove(partition))
                {
                    share.Add(topicId, partition);
                }
            }
        }

        return free;
    }

    private static MemberShare Choose(List<MemberShare> subscribers, string? leaderRack, int fairShare)
    {
        var least = subscribers[0];
        MemberShare? leastInRack = null;
        foreach (var share in subscribers)
        {
            least = share.Count < least.Count ? share : least;
            if (leaderRack is not null && share.Member.RackId == leaderRack && share.Count < (leastInRack?.Count ?? fairShare))
            {
                leastInRack = share;
            }
        }

        return leastInRack ?? least;
    }

    /// <summary>Moves partitions of one topic from those who have more to those who have less.</summary>
    /// <returns>Whether any has moved.</returns>
    private static bool Balance(AssignorTopic topic, List<MemberShare> subscribers)
    {
        var hasMoved = false;
        while (true)
        {
            MemberShare? most = null;
            MemberShare? least = null;
            foreach (var share in subscribers)
            {
                most = share.Has(topic.Id) && share.Count > (most?.Count ?? 0) ? share : most;
                least = share.Count < (least?.Count ?? int.MaxValue) ? share : least;
            }

            if (most is null || most.Count - least!.Count < 2)
            {
                return hasMoved;
            }

            least.Add(topic.Id, most.TakeOne(topic, least.Member.RackId));
            hasMoved = true;
        }
    }

    private sealed class MemberShare(AssignorMember member)
    {
        private readonly Dictionary<Guid, SortedSet<int>> _partitions = [];

        public AssignorMember Member => member;

        public int Count { get; private set; }

        public bool Has(Guid topicId) => _partitions.TryGetValue(topicId, out var partitions) && partitions.Count > 0;

        public void Add(Guid topicId, int partition)
        {
            if (!_partitions.TryGetValue(topicId, out var partitions))
            {
                _partitions.Add(topicId, partitions = []);
            }

            partitions.Add(partition);
            Count++;
        }

        /// <summary>Gives up a partition: one that is led in the rack of whoever gets it, else one that is not led in its own.</summary>
        public int TakeOne(AssignorTopic topic, string? rackOfNext)
        {
            var partitions = _partitions[topic.Id];
            var taken = partitions.Max;
            if (rackOfNext is not null || member.RackId is not null)
            {
                taken = partitions.MaxBy(partition => topic.FindLeaderRack(partition) is { } rack
                    ? (rack == rackOfNext ? 2 : 0) - (rack == member.RackId ? 1 : 0)
                    : 0);
            }

            partitions.Remove(taken);
            Count--;
            return taken;
        }

        public HashSet<AssignedPartition> ToSet() =>
            [.. _partitions.SelectMany(topic => topic.Value.Select(partition => new AssignedPartition(topic.Key, partition)))];
    }
}
