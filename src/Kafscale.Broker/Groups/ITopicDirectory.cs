using System.Diagnostics.CodeAnalysis;

namespace Kafscale.Broker.Groups;

/// <summary>The topics that exist, as the group coordinator needs them.</summary>
internal interface ITopicDirectory
{
    /// <summary>Finds a topic by its name.</summary>
    bool TryGetTopic(string name, out Guid topicId, out int partitionCount);

    /// <summary>Finds a topic by its id.</summary>
    bool TryGetTopic(Guid topicId, [NotNullWhen(true)] out string? name, out int partitionCount);
}
