using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>The list of one session's checkpoints.</summary>
/// <param name="Record">What the metadata store holds; not to be changed.</param>
/// <param name="Revision">When it was last written.</param>
internal sealed record SessionCheckpoints(CheckpointsRecord Record, long Revision)
{
    public static readonly SessionCheckpoints None = new(new CheckpointsRecord(), 0);

    /// <summary>Those that hold commits which are still needed.</summary>
    public IEnumerable<CheckpointRecord> Live => Record.Checkpoints.Where(checkpoint => !checkpoint.IsRetired);

    /// <summary>Whether a commit is in one of them.</summary>
    public bool Holds(long sequence) => Live.Any(checkpoint =>
        checkpoint.FirstSequence <= sequence && sequence <= checkpoint.LastSequence && !checkpoint.MissingSequences.Contains(sequence));

    /// <summary>Whether a checkpoint is one of those that hold commits which are still needed.</summary>
    public bool Names(CheckpointRecord checkpoint) => Live.Any(one => (one.Writer, one.Version) == (checkpoint.Writer, checkpoint.Version));

    /// <summary>The sequences of the commits in a checkpoint.</summary>
    public static IEnumerable<long> SequencesOf(CheckpointRecord checkpoint)
    {
        var missing = checkpoint.MissingSequences.ToHashSet();
        for (var sequence = checkpoint.FirstSequence; sequence <= checkpoint.LastSequence; sequence++)
        {
            if (!missing.Contains(sequence))
            {
                yield return sequence;
            }
        }
    }
}
