using System.Diagnostics.CodeAnalysis;
using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Topics as a test makes and deletes them.</summary>
internal sealed class TopicList : ITopicDirectory
{
    private readonly Dictionary<string, (Guid Id, int PartitionCount)> _topics = [];

    public long Revision { get; private set; }

    public IEnumerable<string> Names => _topics.Keys;

    /// <summary>The rack of each partition's leader, by the partition's number; the same for all topics.</summary>
    public string?[] LeaderRacks { get; set; } = [];

    /// <summary>A topic that nothing can be found out about.</summary>
    public Guid? Broken { get; set; }

    public Guid Add(string name, int partitionCount = 4)
    {
        var id = new Guid((int)++Revision, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        _topics[name] = (id, partitionCount);
        return id;
    }

    public void Remove(string name)
    {
        _topics.Remove(name);
        Revision++;
    }

    public void Grow(string name, int partitionCount)
    {
        _topics[name] = (_topics[name].Id, partitionCount);
        Revision++;
    }

    public string? FindLeaderRack(Guid topicId, int partition) => partition < LeaderRacks.Length ? LeaderRacks[partition] : null;

    public bool TryGetTopic(string name, out Guid topicId, out int partitionCount)
    {
        var found = _topics.TryGetValue(name, out var topic);
        (topicId, partitionCount) = topic;
        return found;
    }

    public bool TryGetTopic(Guid topicId, [NotNullWhen(true)] out string? name, out int partitionCount)
    {
        if (topicId == Broken)
        {
            throw new InvalidOperationException("broken");
        }

        (name, var topic) = _topics.FirstOrDefault(entry => entry.Value.Id == topicId);
        partitionCount = topic.PartitionCount;
        return name is not null;
    }
}
