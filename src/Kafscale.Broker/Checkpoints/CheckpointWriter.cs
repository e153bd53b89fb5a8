using System.Buffers;
using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Checkpoints;

/// <summary>
/// Rolls the commit keys of a session up: puts them into a checkpoint, and replaces them by an entry in the session's list under the
/// fence of the session that writes.
/// </summary>
/// <remarks>
/// Invariant 1: what is replaced was read linearizably and is in the object, byte for byte. Until the transaction nobody knows of the
/// object; from then on nobody needs the keys. An object that the transaction never comes to name is found when the session that
/// wrote it is over (<see cref="Garbage.UnreferencedObjects"/>).
/// </remarks>
internal sealed partial class CheckpointWriter(
    BrokerSession writer,
    IMetadataStore metadataStore,
    MetadataKeys metadataKeys,
    IObjectStore objectStore,
    ObjectKeys objectKeys,
    CheckpointOptions options,
    RetryBackoff backoff,
    MaintenanceMetrics metrics,
    TimeProvider timeProvider,
    ILogger<CheckpointWriter> logger)
{
    // Values are up to a mebibyte each, and the answer of etcd is one message.
    private const int KeysPerPage = 16;

    // A longer gap in the sequences ends a checkpoint, so that its entry stays small.
    private const int MostMissing = 256;

    private long _lastVersion;

    /// <summary>Rolls up what there is of a session, as one checkpoint or a few.</summary>
    /// <param name="session">Whose commits; its own, or of a session that is over.</param>
    /// <param name="throughSequence">
    /// The last commit whose outcome whoever commits in that session knows: one that is still tried again must find its key.
    /// </param>
    /// <param name="cancellationToken">Gives up; what is half done does no harm.</param>
    /// <exception cref="SessionLostException">The writing session has ended.</exception>
    public async Task RollUpAsync(long session, long throughSequence, CancellationToken cancellationToken)
    {
        while (true)
        {
            var list = await ReadListAsync(session, cancellationToken);
            var commits = await ReadCommitsAsync(session, list.Record.ThroughSequence, throughSequence, cancellationToken);
            if (commits.Count == 0)
            {
                return;
            }

            await WriteAsync(session, list, commits, cancellationToken);
        }
    }

    private async Task<SessionCheckpoints> ReadListAsync(long session, CancellationToken cancellationToken)
    {
        var found = await metadataStore.RangeAsync(KeyRange.Key(metadataKeys.CheckpointsOf(session)), 1, 0, cancellationToken);
        return found.Entries is [var entry]
            ? new SessionCheckpoints(CheckpointsRecord.Parser.ParseFrom(entry.Value.Span), entry.ModRevision)
            : new SessionCheckpoints(new CheckpointsRecord { ThroughSequence = -1 }, 0);
    }

    // A key below what is rolled up already was written twice, because the answer to the first attempt was lost and that attempt
    // came late: its commit is in a checkpoint, or was of no use any more.
    private async Task<List<CheckpointedCommit>> ReadCommitsAsync(
        long session, long afterSequence, long throughSequence, CancellationToken cancellationToken)
    {
        var commits = new List<CheckpointedCommit>();
        if (throughSequence <= afterSequence)
        {
            return commits;
        }

        var bytes = 0L;
        var missing = 0L;
        var range = metadataKeys.CommitsThrough(session, throughSequence) with { Start = metadataKeys.Commit(session, afterSequence + 1) };
        while (true)
        {
            var page = await metadataStore.RangeAsync(range, KeysPerPage, 0, cancellationToken);
            foreach (var entry in page.Entries)
            {
                if (!metadataKeys.TryParseCommit(entry.Key, out _, out var sequence))
                {
                    throw new InvalidDataException($"{entry.Key} is no key of a commit.");
                }

                missing += commits.Count == 0 ? 0 : sequence - commits[^1].Sequence - 1;
                if (missing > MostMissing || commits.Count == options.MostCommits || bytes >= options.MostBytes)
                {
                    return commits;
                }

                commits.Add(new CheckpointedCommit(sequence, entry.Value));
                bytes += entry.Value.Length;
            }

            if (!page.More)
            {
                return commits;
            }

            range = range with { Start = page.Entries[^1].Key + "\0" };
        }
    }

    private async Task WriteAsync(long session, SessionCheckpoints list, List<CheckpointedCommit> commits, CancellationToken cancellationToken)
    {
        var checkpoint = new Checkpoint
        {
            Writer = writer.Number,
            Version = Interlocked.Increment(ref _lastVersion),
            Session = session,
            CreatedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
            Commits = commits,
        };
        var bytes = checkpoint.ToBytes();
        var key = objectKeys.Checkpoint(checkpoint.Writer, checkpoint.Version);
        await RetryAsync(
            key,
            async () =>
            {
                // Always the same bytes under this key, so it does not matter which attempt succeeds.
                await objectStore.PutAsync(key, new ReadOnlySequence<byte>(bytes), PutCondition.None, cancellationToken);
                return true;
            },
            cancellationToken);
        var entry = EntryOf(checkpoint, bytes.Length);
        if (await RetryAsync(metadataKeys.CheckpointsOf(session), () => PublishAsync(session, list.Record.ThroughSequence, entry, cancellationToken), cancellationToken))
        {
            metrics.OnCheckpointed(commits.Count);
            LogWritten(commits.Count, session, key, bytes.Length);
            return;
        }

        // Nobody knows of it, and nobody will.
        await objectStore.DeleteAsync([key], cancellationToken);
    }

    // False where somebody else has rolled the same commits up, as may happen to those of a session that is over.
    private async Task<bool> PublishAsync(long session, long throughBefore, CheckpointRecord entry, CancellationToken cancellationToken)
    {
        while (true)
        {
            var list = await ReadListAsync(session, cancellationToken);
            if (list.Names(entry))
            {
                // By an attempt whose answer was lost.
                return true;
            }

            if (list.Record.ThroughSequence != throughBefore)
            {
                return false;
            }

            var next = list.Record.Clone();
            next.ThroughSequence = entry.LastSequence;
            next.Checkpoints.Add(entry);
            var key = metadataKeys.CheckpointsOf(session);
            var result = await writer.CommitFencedAsync(
                [Comparison.ModRevision(key, list.Revision)],
                [new Operation.Put(key, next.ToByteArray()), new Operation.Delete(metadataKeys.CommitsThrough(session, entry.LastSequence))],
                cancellationToken);
            if (result is not null)
            {
                return true;
            }
        }
    }

    private static CheckpointRecord EntryOf(Checkpoint checkpoint, int bytes)
    {
        var entry = new CheckpointRecord
        {
            Writer = checkpoint.Writer,
            Version = checkpoint.Version,
            FirstSequence = checkpoint.Commits[0].Sequence,
            LastSequence = checkpoint.Commits[^1].Sequence,
            Bytes = bytes,
        };
        for (var i = 1; i < checkpoint.Commits.Count; i++)
        {
            for (var missing = checkpoint.Commits[i - 1].Sequence + 1; missing < checkpoint.Commits[i].Sequence; missing++)
            {
                entry.MissingSequences.Add(missing);
            }
        }

        return entry;
    }

    private async Task<T> RetryAsync<T>(string key, Func<Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await attempt();
            }
            catch (Exception exception) when (exception is not (OperationCanceledException or SessionLostException or ArgumentException))
            {
                metrics.OnCheckpointFailed();
                LogRetried(exception, key, failures + 1);
                await backoff.WaitAsync(failures, cancellationToken);
            }
        }
    }

    [LoggerMessage(1752, LogLevel.Information, "Rolled {Count} commits of session {Session} up into {Key}, {Bytes} bytes.")]
    private partial void LogWritten(int count, long session, string key, int bytes);

    [LoggerMessage(1753, LogLevel.Warning, "Writing {Key} failed at attempt {Attempt}; trying again.")]
    private partial void LogRetried(Exception exception, string key, int attempt);
}
