using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Checkpoints;

/// <summary>
/// Tells a picture of the cluster of the metadata, and, where these were read as a whole, of the commits that are in checkpoints.
/// </summary>
internal sealed class CheckpointLoader(ClusterState cluster, CheckpointReader reader, MetadataKeys metadataKeys) : IMetadataListener
{
    // Each may be some megabytes.
    private const int ReadsAtATime = 8;

    // Once a checkpoint is not found the metadata are read anew; where they still name it after that, it is lost.
    private readonly HashSet<(long Writer, long Version)> _missing = [];

    /// <inheritdoc/>
    /// <exception cref="CorruptObjectException">A checkpoint is damaged or lost, and acknowledged records are not known.</exception>
    public async Task PrepareAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellationToken)
    {
        foreach (var some in changes.SelectMany(FindUnknown).Chunk(ReadsAtATime))
        {
            await Task.WhenAll(some.Select(async one =>
                cluster.Commits.Prepare(one.Checkpoint, await ReadAsync(one.Session, one.Checkpoint, cancellationToken))));
        }
    }

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<MetadataChange> changes, long revision) => cluster.Apply(changes, revision);

    private IEnumerable<(long Session, CheckpointRecord Checkpoint)> FindUnknown(MetadataChange change)
    {
        if (change.Entry is null || !metadataKeys.TryParseCheckpoints(change.Key, out var session))
        {
            return [];
        }

        try
        {
            return CheckpointsRecord.Parser.ParseFrom(change.Entry.Value.Span).Checkpoints
                .Where(checkpoint => cluster.Commits.IsUnknown(session, checkpoint))
                .Select(checkpoint => (session, checkpoint));
        }
        catch (InvalidProtocolBufferException)
        {
            // The cluster's picture takes note that it can not be read.
            return [];
        }
    }

    private async Task<IReadOnlyList<(long Sequence, CommitRecord Commit)>> ReadAsync(
        long session, CheckpointRecord checkpoint, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadAsync(session, checkpoint, cancellationToken);
        }
        catch (ObjectNotFoundException exception)
        {
            bool isFirst;
            lock (_missing)
            {
                isFirst = _missing.Add((checkpoint.Writer, checkpoint.Version));
            }

            throw isFirst
                ? new MetadataOutdatedException(exception.Message, exception)
                : new CorruptObjectException(
                    exception.Key,
                    0,
                    "The object is missing, and the metadata name it: restore it from a copy of the bucket, or make the metadata anew with 'kafscale storage rebuild'.");
        }
    }
}
