using System.Collections.Concurrent;
using Google.Protobuf;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// The groups of one of the <see cref="CoordinatorShards"/>, under one session: loaded from the metadata store, served from
/// memory, written back, and let go of as a whole.
/// </summary>
/// <remarks>
/// Locks are taken in the order group, then writer or timer; nothing waits under a lock. Once the session has ended, or the
/// shard is let go of, all groups are dead, and every answer is NOT_COORDINATOR.
/// </remarks>
internal sealed partial class GroupShard : IDisposable
{
    private readonly GroupKeys _keys;
    private readonly GroupOptions _options;
    private readonly GroupClock _clock;
    private readonly ITopicDirectory _topics;
    private readonly IGroupConfigurations _configurations;
    private readonly GroupMetrics _metrics;
    private readonly ILogger _logger;
    private readonly GroupSchedule _schedule;
    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _unloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private GroupWriter? _writer;
    private ShardWrites? _writes;
    private volatile bool _isServing;
    private volatile bool _isDead;

    public GroupShard(
        int number,
        BrokerSession session,
        GroupKeys keys,
        GroupOptions options,
        ITopicDirectory topics,
        IGroupConfigurations configurations,
        GroupClock clock,
        GroupMetrics metrics,
        ILogger logger)
    {
        Number = number;
        Session = session;
        _keys = keys;
        _options = options;
        _topics = topics;
        _configurations = configurations;
        _logger = logger;
        _clock = clock;
        _metrics = metrics;
        _schedule = new GroupSchedule(_clock, OnDeadline);
    }

    /// <summary>Which of the <see cref="CoordinatorShards"/>.</summary>
    public int Number { get; }

    public BrokerSession Session { get; }

    /// <summary>The groups are read, and requests may come.</summary>
    public bool IsServing
    {
        get => _isServing;
        private set => _isServing = value;
    }

    /// <summary>It was let go of, or its session has ended.</summary>
    public bool IsDead => _isDead;

    /// <summary>Completes when <see cref="UnloadAsync"/> is done.</summary>
    public Task Unloaded => _unloaded.Task;

    public int GroupCount => _groups.Count;

    /// <summary>How many offsets are committed; only before the shard serves.</summary>
    public int OffsetCount => _groups.Values.Sum(group => group.Offsets.Count);

    /// <summary>Every group, as it is when its turn comes.</summary>
    public IEnumerable<GroupSummary> LookAtGroups()
    {
        foreach (var group in _groups.Values)
        {
            GroupSummary summary;
            lock (group.Lock)
            {
                summary = new GroupSummary(
                    group.Id, group.Membership.TypeName, group.Membership.StateName, group.Membership.MemberCount, [.. group.Offsets.Select(offset => (offset.Key, offset.Value.Offset))]);
            }

            yield return summary;
        }
    }

    /// <summary>Lets go of the groups: what waits to be stored is stored, everybody who waits is told NOT_COORDINATOR.</summary>
    /// <param name="cancellationToken">Gives up what is not stored yet.</param>
    public async Task UnloadAsync(CancellationToken cancellationToken)
    {
        KillGroups();
        if (_writes is not null)
        {
            await _writer!.DetachAsync(_writes, cancellationToken);
        }

        _unloaded.TrySetResult();
    }

    /// <inheritdoc/>
    public void Dispose() => _schedule.Dispose();

    /// <summary>Whether a group that is dead was deleted, or may live on elsewhere.</summary>
    private ErrorCode WhyDead => _isDead ? ErrorCode.NotCoordinator : ErrorCode.GroupIdNotFound;

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
                if (_isDead && !group.Membership.IsDead)
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
        CountRebalances(group);
        StoreMembership(group);

        _schedule.Update(group);
        if (group.IsForgettable)
        {
            Remove(group);
        }
    }

    private void CountRebalances(Group group)
    {
        var count = group.Membership.RebalanceCount;
        if (count != group.CountedRebalances)
        {
            // Where the protocol was changed, its count begins anew.
            _metrics.OnRebalances(count > group.CountedRebalances ? count - group.CountedRebalances : count);
            group.CountedRebalances = count;
        }
    }

    private void Remove(Group group)
    {
        group.IsRemoved = true;
        _schedule.Remove(group);
        _groups.TryRemove(group.Id, out _);
    }

    private void OnDeadline(Group group)
    {
        lock (group.Lock)
        {
            try
            {
                group.ScheduledAtMs = GroupClock.Never;
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

    /// <summary>Queues what has changed of the membership.</summary>
    /// <returns>Completes when all that was decided so far is stored; null where it is.</returns>
    private Task<ErrorCode>? StoreMembership(Group group) =>
        group.Membership is ConsumerGroup { IsToBecomeClassic: true } consumer
            ? BecomeClassic(group, consumer)
            : StoreChange(group) ?? group.Membership.Storing;

    /// <summary>Queues the state of the membership that must become durable, if any.</summary>
    /// <returns>When it is stored, or what became of it.</returns>
    private Task<ErrorCode>? StoreChange(Group group)
    {
        if (group.Membership.TakeChange() is not { } change)
        {
            return null;
        }

        group.HasRecord = true;
        var membership = group.Membership;
        var write = new GroupWrite
        {
            Shard = _writes!,
            Operations = [new Operation.Put(_keys.Group(group.EncodedId), change.Record.ToByteArray())],
            OnStored = error => OnChangeStored(group, membership, change, error),
        };
        return Enqueue(group, write, mustAccept: true);
    }

    private void OnChangeStored(Group group, IGroupMembership membership, GroupChange change, ErrorCode error)
    {
        lock (group.Lock)
        {
            group.WritesInProgress--;
            membership.OnStored(change, error);
            Settle(group);
        }
    }

    /// <summary>Queues a write of a group, under its lock; a write that is refused is completed at once.</summary>
    private Task<ErrorCode> Enqueue(Group group, GroupWrite write, bool mustAccept)
    {
        group.WritesInProgress++;
        var refusal = _writer!.Enqueue(write, mustAccept);
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

    [LoggerMessage(1425, LogLevel.Information, "{OffsetCount} offsets of group {GroupId} go: {Reason}.")]
    private partial void LogOffsetsGo(int offsetCount, string groupId, string reason);
}
