using Kafscale.Broker.Partitions;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>A WAL object that counts, with as much of its commit as is asked for until the object is collected.</summary>
/// <remarks>One array instead of the commit's tree: a broker keeps every WAL object of the cluster that is not merged in full.</remarks>
internal sealed class CommittedWalObject
{
    private readonly SliceEnd[] _slices;

    public CommittedWalObject(WalObjectReference reference, CommitRecord commit)
    {
        Reference = reference;
        CreatedAtMs = commit.CreatedAtMs;
        _slices = new SliceEnd[commit.Topics.Sum(topic => topic.Slices.Count)];
        var filled = 0;
        for (var i = 0; i < commit.Topics.Count; i++)
        {
            var topicId = TopicIds.FromBytes(commit.Topics[i].TopicId);
            var slices = commit.Topics[i].Slices;
            for (var j = 0; j < slices.Count; j++)
            {
                _slices[filled++] = new SliceEnd(topicId, slices[j].Partition, slices[j].EndOffset);
            }
        }
    }

    public WalObjectReference Reference { get; }

    /// <summary>When it was committed, in Unix milliseconds by its writer's clock.</summary>
    public long CreatedAtMs { get; }

    /// <summary>Where the partitions that have records in it were when it was committed.</summary>
    public ReadOnlySpan<SliceEnd> Slices => _slices;
}
