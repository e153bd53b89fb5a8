using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>Takes shards over from their earlier coordinators, and reads what those have left.</summary>
/// <param name="store">Where groups and offsets are.</param>
/// <param name="session">The session that the shards are led in.</param>
/// <param name="keys">Where in the store.</param>
/// <param name="backoff">The pauses between attempts.</param>
/// <param name="logger">Told of failures.</param>
internal sealed partial class GroupLoader(IMetadataStore store, BrokerSession session, GroupKeys keys, RetryBackoff backoff, ILogger logger)
{
    /// <summary>Takes shards over, and reads all of their groups at once.</summary>
    /// <param name="findShards">The shards that are still wanted, by their numbers.</param>
    /// <param name="cancellationToken">Gives up; until then everything is repeated where the store fails.</param>
    /// <returns>The revision at which the shards were taken over.</returns>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    public async Task<long> LoadAsync(Func<IReadOnlyDictionary<int, GroupShard>> findShards, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                var (revision, shards) = await TakeOverAsync(findShards, cancellationToken);
                foreach (var shard in shards.Values)
                {
                    shard.Clear();
                }

                await ReadGroupsAsync(shards, revision, cancellationToken);
                await ReadOffsetsAsync(shards, revision, cancellationToken);
                return revision;
            }
            catch (Exception exception) when (exception is MetadataUnavailableException or RevisionCompactedException)
            {
                LogLoadFailed(exception, attempt);
                await backoff.WaitAsync(attempt, cancellationToken);
            }
        }
    }

    /// <summary>Moves the writer keys, so that no transaction of an earlier coordinator can be applied after what is read now.</summary>
    private async Task<(long Revision, IReadOnlyDictionary<int, GroupShard> Shards)> TakeOverAsync(
        Func<IReadOnlyDictionary<int, GroupShard>> findShards, CancellationToken cancellationToken)
    {
        var position = new GroupWriterRecord { Session = session.Number }.ToByteArray();
        for (var attempt = 0; ; attempt++)
        {
            var writers = await store.RangeAsync(KeyRange.Prefix(keys.Writers), limit: 0, revision: 0, cancellationToken);
            var revisions = writers.Entries.ToDictionary(entry => entry.Key, entry => entry.ModRevision, StringComparer.Ordinal);

            // Only now: a shard that was let go of since the read may have another coordinator, which must not be disturbed, and
            // which has moved the key on from what was read.
            var shards = findShards();
            var writerKeys = shards.Keys.Select(keys.Writer).ToList();
            var result = await session.CommitFencedAsync(
                [.. writerKeys.Select(key => Comparison.ModRevision(key, revisions.GetValueOrDefault(key)))],
                [.. writerKeys.Select(key => new Operation.Put(key, position))],
                cancellationToken);
            if (result is not null)
            {
                return (result.Revision, shards);
            }

            await backoff.WaitAsync(attempt, cancellationToken);
        }
    }

    private async Task ReadGroupsAsync(IReadOnlyDictionary<int, GroupShard> shards, long revision, CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ReadAsync(KeyRange.Prefix(keys.Groups), revision, cancellationToken))
        {
            if (!keys.TryParseGroup(entry.Key, out var groupId))
            {
                LogUnreadable(null, entry.Key);
            }
            else if (shards.TryGetValue(CoordinatorShards.Of(groupId), out var shard))
            {
                ReadGroup(shard, groupId, entry);
            }
        }
    }

    private void ReadGroup(GroupShard shard, string groupId, MetadataEntry entry)
    {
        try
        {
            var record = GroupRecord.Parser.ParseFrom(entry.Value.Span);
            if (record.GroupId != groupId || !shard.TryAddGroup(record))
            {
                LogUnreadable(null, entry.Key);
            }
        }
        catch (InvalidProtocolBufferException exception)
        {
            LogUnreadable(exception, entry.Key);
        }
    }

    private async Task ReadOffsetsAsync(IReadOnlyDictionary<int, GroupShard> shards, long revision, CancellationToken cancellationToken)
    {
        await foreach (var entry in store.ReadAsync(KeyRange.Prefix(keys.Offsets), revision, cancellationToken))
        {
            if (!keys.TryParseOffset(entry.Key, out var groupId, out var topicId, out var partition))
            {
                LogUnreadable(null, entry.Key);
            }
            else if (shards.TryGetValue(CoordinatorShards.Of(groupId), out var shard))
            {
                ReadOffset(shard, groupId, new OffsetKey(topicId, partition), entry);
            }
        }
    }

    private void ReadOffset(GroupShard shard, string groupId, OffsetKey key, MetadataEntry entry)
    {
        try
        {
            var offset = CommittedOffset.FromRecord(CommittedOffsetRecord.Parser.ParseFrom(entry.Value.Span));
            if (!shard.TryAddOffset(groupId, key, offset))
            {
                LogUnreadable(null, entry.Key);
            }
        }
        catch (InvalidProtocolBufferException exception)
        {
            LogUnreadable(exception, entry.Key);
        }
    }

    [LoggerMessage(1422, LogLevel.Error, "The metadata value of {Key} can not be read; it is passed over.")]
    private partial void LogUnreadable(Exception? exception, string key);

    [LoggerMessage(1423, LogLevel.Warning, "The groups could not be read from the metadata store; attempt {Attempt} will be repeated.")]
    private partial void LogLoadFailed(Exception exception, int attempt);
}
