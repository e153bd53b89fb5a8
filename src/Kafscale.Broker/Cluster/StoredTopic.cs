using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>A topic's record as it was read from the metadata store.</summary>
/// <param name="Record">The record; not to be changed.</param>
/// <param name="Revision">When it was last written.</param>
internal sealed record StoredTopic(TopicRecord Record, long Revision)
{
    public Guid Id => TopicIds.FromBytes(Record.TopicId);
}
