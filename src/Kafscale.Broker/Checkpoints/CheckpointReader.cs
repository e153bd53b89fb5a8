using Kafscale.Broker.Concurrency;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Checkpoints;

/// <summary>Reads checkpoints, and believes them only where they are what the metadata say.</summary>
internal sealed partial class CheckpointReader(IObjectStore objectStore, ObjectKeys objectKeys, RetryBackoff backoff, ILogger<CheckpointReader> logger)
{
    /// <summary>Reads the commits of a checkpoint, again and again where the store is in trouble.</summary>
    /// <exception cref="ObjectNotFoundException">It is not there.</exception>
    /// <exception cref="CorruptObjectException">It is damaged, or another one.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public async Task<IReadOnlyList<(long Sequence, CommitRecord Commit)>> ReadAsync(
        long session, CheckpointRecord record, CancellationToken cancellationToken)
    {
        var key = objectKeys.Checkpoint(record.Writer, record.Version);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return Parse(key, session, record, Checkpoint.Read(key, await WholeObject.ReadAsync(objectStore, key, record.Bytes, cancellationToken)));
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or ObjectNotFoundException or CorruptObjectException or UnsupportedVersionException))
            {
                LogRetried(exception, key, attempt + 1);
                await backoff.WaitAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>The commits of a checkpoint that was read.</summary>
    /// <exception cref="CorruptObjectException">It is not the one that the metadata mean.</exception>
    public static IReadOnlyList<(long Sequence, CommitRecord Commit)> Parse(string key, long session, CheckpointRecord record, Checkpoint checkpoint)
    {
        if ((checkpoint.Writer, checkpoint.Version, checkpoint.Session) != (record.Writer, record.Version, session))
        {
            throw new CorruptObjectException(
                key, 0, $"It says that it is version {checkpoint.Version} of session {checkpoint.Writer:x}, with commits of {checkpoint.Session:x}.");
        }

        if (!checkpoint.Commits.Select(commit => commit.Sequence).SequenceEqual(Cluster.SessionCheckpoints.SequencesOf(record)))
        {
            throw new CorruptObjectException(key, 0, "It holds other commits than the metadata say.");
        }

        return [.. checkpoint.Commits.Select(commit => (commit.Sequence, ParseCommit(key, commit)))];
    }

    private static CommitRecord ParseCommit(string key, CheckpointedCommit commit)
    {
        try
        {
            return CommitRecord.Parser.ParseFrom(commit.Record.Span);
        }
        catch (Google.Protobuf.InvalidProtocolBufferException exception)
        {
            throw new CorruptObjectException(key, 0, $"The commit of sequence {commit.Sequence} can not be read: {exception.Message}");
        }
    }

    [LoggerMessage(1751, LogLevel.Warning, "Reading {Key} failed at attempt {Attempt}; trying again.")]
    private partial void LogRetried(Exception exception, string key, int attempt);
}
