using System.Runtime.CompilerServices;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Garbage;

/// <summary>What deleted topics leave in the object store.</summary>
/// <remarks>
/// Segment keys hold a topic's name and not its id. As long as the deletion is recorded, nothing is merged for a topic of the same
/// name, so all segments there are leftovers.
/// </remarks>
internal sealed class DeletedTopics(IObjectStore objectStore, ObjectKeys objectKeys, MetadataKeys metadataKeys)
{
    /// <summary>All objects that are recorded to be removed, as they are now.</summary>
    public async IAsyncEnumerable<GarbageObject> ListAsync(
        Guid topicId, TopicDeletionRecord deletion, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reason = deletion.FirstPartition > 0 ? GarbageReason.NoSuchPartition : GarbageReason.TopicDeleted;
        for (var partition = deletion.FirstPartition; partition < deletion.PartitionCount; partition++)
        {
            foreach (var prefix in (string[])[objectKeys.PartitionPrefix(deletion.Name, partition), objectKeys.ManifestPrefix(topicId, partition)])
            {
                await foreach (var found in objectStore.ListAsync(prefix, null, cancellationToken))
                {
                    yield return new GarbageObject(found.Key, found.Length, reason);
                }
            }
        }
    }

    /// <summary>
    /// Records that what lies under a name without belonging to a topic is to be removed like a deleted topic, so that a topic
    /// that is created under the name keeps away from it. The comparison fails where there is such a topic or partition by now.
    /// </summary>
    public (Comparison Comparison, Operation Operation, TopicDeletionRecord Record) Record(
        LeftoverPartitions leftover, Topic? topic, Guid deletionId, DateTimeOffset now)
    {
        var record = new TopicDeletionRecord
        {
            Name = leftover.TopicName,
            FirstPartition = topic is null ? 0 : leftover.FirstPartition,
            PartitionCount = leftover.LastPartition + 1,
            DeletedAtMs = now.ToUnixTimeMilliseconds(),
        };
        return (
            Comparison.ModRevision(metadataKeys.Topic(leftover.TopicName), topic?.Revision ?? 0),
            new Operation.Put(metadataKeys.Deletion(deletionId), record.ToByteArray()),
            record);
    }
}
