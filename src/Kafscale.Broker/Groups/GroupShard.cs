using System.Collections.Concurrent;
using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// A set of groups under one session: loaded from the metadata store, served from memory, written back, and let go of as
/// a whole.
/// </summary>
/// <remarks>
/// Locks are taken in the order group, then writer or timer; nothing waits under a lock. Once the session has ended all
/// groups are dead, and every answer is NOT_COORDINATOR.
/// </remarks>
internal sealed partial class GroupShard : IAsyncDisposable
{
    private readonly IMetadataStore _store;
    private readonly GroupKeys _keys;
    private readonly GroupOptions _options;
    private readonly GroupClock _clock;
    private readonly ITopicDirectory _topics;
    private readonly ILogger _logger;
    private readonly RetryBackoff _backoff;
    private readonly GroupWriter _writer;
    private readonly GroupSchedule _schedule;
    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ending = new();
    private Task _watchingWriter = Task.CompletedTask;
    private Task _checkingRetention = Task.CompletedTask;
    private volatile bool _isDead;

    public GroupShard(
        IMetadataStore store,
        BrokerSession session,
        GroupKeys keys,
        GroupOptions options,
        ITopicDirectory topics,
        TimeProvider timeProvider,
        Random random,
        ILogger logger)
    {
        _store = store;
        _keys = keys;
        _options = options;
        _topics = topics;
        _logger = logger;
        _clock = new GroupClock(timeProvider);
        _backoff = new RetryBackoff(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), timeProvider, random);
        _writer = new GroupWriter(store, session, keys, options.MaxQueuedOperations, _backoff, logger);
        _schedule = new GroupSchedule(_clock, OnDeadline);
    }

    /// <summary>Lets go of the groups: what waits to be stored is stored, everybody who waits is told NOT_COORDINATOR.</summary>
    /// <param name="cancellationToken">Gives up what is not stored yet.</param>
    public async Task UnloadAsync(CancellationToken cancellationToken)
    {
        KillGroups();
        await _writer.StopAsync(cancellationToken);
        await _ending.CancelAsync();
        await _watchingWriter;
        await _checkingRetention;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _writer.DisposeAsync();
        await UnloadAsync(CancellationToken.None);
        _schedule.Dispose();
        _ending.Dispose();
    }

    private async Task KillGroupsWithWriterAsync()
    {
        await _writer.Ended;
        KillGroups();
    }

    private void KillGroups()
    {
        _isDead = true;
        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
            {
                group.Membership.Die(ErrorCode.NotCoordinator);
            }
        }
    }

    /// <summary>Does something with a group under its lock, and then what follows from it.</summary>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <param name="groupId">The group.</param>
    /// <param name="create">Makes the group where there is none.</param>
    /// <param name="missing">What comes of it where there is no group.</param>
    /// <param name="action">Does not wait.</param>
    private TResult Use<TResult>(string groupId, bool create, TResult missing, Func<Group, TResult> action)
    {
        while (true)
        {
            if (!_groups.TryGetValue(groupId, out var group))
            {
                if (!create || !_keys.TryEncode(groupId, out var encodedId))
                {
                    return missing;
                }

                group = _groups.GetOrAdd(groupId, new Group(groupId, encodedId, new ClassicGroup(groupId, _options, _clock, _logger)));
            }

            lock (group.Lock)
            {
                // Somebody has removed it since we found it; there may be a new one by now.
                if (group.IsRemoved)
                {
                    continue;
                }

                // A group that was made while the others were killed was passed over.
                if (_isDead && group.Membership.State != ClassicGroupState.Dead)
                {
                    group.Membership.Die(ErrorCode.NotCoordinator);
                }

                var result = action(group);
                Settle(group);
                return result;
            }
        }
    }

    private void Settle(Group group)
    {
        StoreChange(group);
        _schedule.Update(group);
        if (group.IsForgettable)
        {
            Remove(group);
        }
    }

    private void Remove(Group group)
    {
        group.IsRemoved = true;
        _groups.TryRemove(group.Id, out _);
    }

    private void OnDeadline(Group group)
    {
        lock (group.Lock)
        {
            try
            {
                group.ScheduledAtMs = ClassicGroupMember.Never;
                group.Membership.Advance();
                Settle(group);
            }
            catch (Exception exception)
            {
                // One group's trouble must not stop the clock of the others.
                LogDeadlineFailed(exception, group.Id);
            }
        }
    }

    /// <summary>Queues the state of the membership that must become durable, if any.</summary>
    /// <returns>When it is stored, or what became of it.</returns>
    private Task<ErrorCode>? StoreChange(Group group)
    {
        if (group.Membership.TakeChange() is not { } change)
        {
            return null;
        }

        group.HasRecord = true;
        var write = new GroupWrite
        {
            Operations = [new Operation.Put(_keys.Group(group.EncodedId), change.Record.ToByteArray())],
            OnStored = error => OnChangeStored(group, change, error),
        };
        return Enqueue(group, write, mustAccept: true);
    }

    private void OnChangeStored(Group group, GroupChange change, ErrorCode error)
    {
        lock (group.Lock)
        {
            group.WritesInProgress--;
            group.Membership.OnStored(change, error);
            Settle(group);
        }
    }

    /// <summary>Queues a write of a group, under its lock; a write that is refused is completed at once.</summary>
    private Task<ErrorCode> Enqueue(Group group, GroupWrite write, bool mustAccept)
    {
        group.WritesInProgress++;
        var refusal = _writer.Enqueue(write, mustAccept);
        if (refusal != ErrorCode.None)
        {
            write.Fail(refusal);
            write.Complete();
        }

        return write.Stored;
    }

    /// <summary>Waits for the metadata store, but no longer than a client should.</summary>
    private async Task<ErrorCode> WaitForStoreAsync(Task<ErrorCode> stored)
    {
        try
        {
            return await stored.WaitAsync(TimeSpan.FromMilliseconds(_options.OffsetsCommitTimeoutMs), _clock.TimeProvider);
        }
        catch (TimeoutException)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }
    }

    [LoggerMessage(1421, LogLevel.Error, "What was due for group {GroupId} failed.")]
    private partial void LogDeadlineFailed(Exception exception, string groupId);

    [LoggerMessage(1422, LogLevel.Error, "The metadata value of {Key} can not be read; it is passed over.")]
    private partial void LogUnreadable(Exception? exception, string key);

    [LoggerMessage(1423, LogLevel.Warning, "The groups could not be read from the metadata store; attempt {Attempt} will be repeated.")]
    private partial void LogLoadFailed(Exception exception, int attempt);

    [LoggerMessage(1424, LogLevel.Information, "Coordinating {GroupCount} groups with {OffsetCount} committed offsets.")]
    private partial void LogLoaded(int groupCount, int offsetCount);

    [LoggerMessage(1425, LogLevel.Information, "{OffsetCount} offsets of group {GroupId} go: {Reason}.")]
    private partial void LogOffsetsGo(int offsetCount, string groupId, string reason);
}
