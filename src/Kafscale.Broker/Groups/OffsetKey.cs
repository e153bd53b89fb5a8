namespace Kafscale.Broker.Groups;

/// <summary>What an offset is committed for. By the topic's id: a topic that is created again has no offsets.</summary>
internal readonly record struct OffsetKey(Guid TopicId, int Partition);
