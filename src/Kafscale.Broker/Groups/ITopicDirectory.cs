using System.Diagnostics.CodeAnalysis;

namespace Kafscale.Broker.Groups;

/// <summary>The topics that exist, as the group coordinator needs them.</summary>
internal interface ITopicDirectory
{
    /// <summary>Changes whenever topics come, go or grow.</summary>
    long Revision { get; }

    /// <summary>The names of all topics, in no order.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Finds a topic by its name.</summary>
    bool TryGetTopic(string name, out Guid topicId, out int partitionCount);

    /// <summary>Finds a topic by its id.</summary>
    bool TryGetTopic(Guid topicId, [NotNullWhen(true)] out string? name, out int partitionCount);

    /// <summary>The rack of the broker that leads a partition; null where it has none, or nobody leads.</summary>
    string? FindLeaderRack(Guid topicId, int partition);
}
