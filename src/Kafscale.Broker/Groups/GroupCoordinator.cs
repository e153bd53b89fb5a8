using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// The groups that this broker coordinates: those of the shards that it leads, which come and go while its session lives.
/// </summary>
/// <remarks>
/// A shard is served by one coordinator at a time where whoever assigns them keeps to this: it is loaded only once the earlier
/// coordinator has unloaded it, or that one's session has ended.
/// </remarks>
internal sealed partial class GroupCoordinator : IAsyncDisposable
{
    private readonly IMetadataStore _store;
    private readonly GroupKeys _keys;
    private readonly ITopicDirectory _topics;
    private readonly Func<int, bool> _isLedHere;
    private readonly GroupClock _clock;
    private readonly RetryBackoff _backoff;
    private readonly GroupMetrics _metrics;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _checkingRetention;
    private readonly Lock _lock = new();

    // By number; null where another broker coordinates the shard, or none. Requests read it without the lock.
    private readonly GroupShard?[] _shards = new GroupShard?[CoordinatorShards.Count];
    private readonly HashSet<GroupShard> _unloading = [];
    private readonly HashSet<GroupShardLoading> _loadings = [];
    private GroupWriter? _writer;
    private int _retentionChecks;
    private int _isDisposed;

    /// <param name="store">Where groups and offsets are.</param>
    /// <param name="metadataKeys">Where in the store.</param>
    /// <param name="options">What is allowed, and how long things may take.</param>
    /// <param name="topics">Knows the topics.</param>
    /// <param name="configurations">Know what holds for each group.</param>
    /// <param name="isLedHere">Whether clients are sent to this broker for a shard, also where it is not served yet, or not any more.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="random">Makes member ids, and spreads retries.</param>
    /// <param name="metrics">Are told of rebalances.</param>
    /// <param name="logger">Told of what happens to groups.</param>
    public GroupCoordinator(
        IMetadataStore store,
        MetadataKeys metadataKeys,
        GroupOptions options,
        ITopicDirectory topics,
        IGroupConfigurations configurations,
        Func<int, bool> isLedHere,
        TimeProvider timeProvider,
        Random random,
        GroupMetrics metrics,
        ILogger<GroupCoordinator> logger)
    {
        _store = store;
        _keys = new GroupKeys(metadataKeys);
        _topics = topics;
        _isLedHere = isLedHere;
        _clock = new GroupClock(timeProvider);
        _backoff = new RetryBackoff(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1), timeProvider, new Random(random.Next()));
        _metrics = metrics;
        _logger = logger;
        Options = options;
        Configurations = configurations;
        MemberIds = new MemberIds(new Random(random.Next()));
        _checkingRetention = CheckRetentionAsync();
    }

    public GroupOptions Options { get; }

    /// <summary>What holds for each group.</summary>
    public IGroupConfigurations Configurations { get; }

    /// <summary>Makes ids for members that come without one.</summary>
    public MemberIds MemberIds { get; }

    /// <summary>The shards that are served here.</summary>
    public IReadOnlyCollection<int> LoadedShards => [.. FindAll(shard => shard.IsServing).Select(shard => shard.Number)];

    /// <summary>The shards that are being read, and will be served here.</summary>
    public IReadOnlyCollection<int> LoadingShards => [.. FindAll(shard => !shard.IsServing).Select(shard => shard.Number)];

    /// <summary>How many checks are done; what they found to go may still be on its way to the store.</summary>
    public int RetentionChecks => Volatile.Read(ref _retentionChecks);

    /// <summary>
    /// Takes shards over: reads their groups, all at once, and serves them once they are read. Requests are told to wait from
    /// now on. Reading is repeated until the store answers.
    /// </summary>
    /// <param name="session">Whose fence every write carries.</param>
    /// <param name="shards">Numbers of <see cref="CoordinatorShards"/>, which are not coordinated here yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">One is served or being read already, or others are under another session.</exception>
    /// <exception cref="SessionLostException">The session has ended. None of the shards is served.</exception>
    /// <exception cref="OperationCanceledException">
    /// It was given up, or all of the shards were unloaded meanwhile. None of them is served.
    /// </exception>
    public async Task LoadAsync(BrokerSession session, IReadOnlyCollection<int> shards, CancellationToken cancellationToken)
    {
        if (shards.Count == 0)
        {
            return;
        }

        var (loading, writer, endedWriter, unloading) = Begin(session, shards);
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, session.Lost, loading.Abandoned);
            if (endedWriter is not null)
            {
                await endedWriter.DisposeAsync();
            }

            await unloading.WaitAsync(ending.Token);
            var loader = new GroupLoader(_store, session, _keys, _backoff, _logger);
            var takenOverAt = await loader.LoadAsync(() => FindWanted(loading), ending.Token);
            ending.Token.ThrowIfCancellationRequested();
            Serve(loading, writer, takenOverAt);
        }
        catch (OperationCanceledException) when (session.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new SessionLostException(session.Number);
        }
        finally
        {
            // Where all went well there is nothing left in it.
            await UnloadAsync([.. FindWanted(loading).Keys], new CancellationToken(canceled: true));
            lock (_lock)
            {
                _loadings.Remove(loading);
            }
        }
    }

    /// <summary>
    /// Lets go of shards, also of those that are still being read; passes over those that are not coordinated here. Requests are
    /// told NOT_COORDINATOR from now on, as is everybody who waits. What was begun is stored first, as long as the session lives.
    /// When this returns, another broker may take them over.
    /// </summary>
    /// <param name="shards">Numbers of <see cref="CoordinatorShards"/>.</param>
    /// <param name="cancellationToken">Gives up what is not stored yet; those who wait for it are told NOT_COORDINATOR.</param>
    public async Task UnloadAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken)
    {
        List<GroupShard> unloading;
        List<GroupShardLoading> abandoned;
        lock (_lock)
        {
            foreach (var number in shards)
            {
                if (_shards[number] is { } shard)
                {
                    Volatile.Write(ref _shards[number], null);
                    _unloading.Add(shard);
                }
            }

            unloading = [.. _unloading.Where(shard => shards.Contains(shard.Number))];
            abandoned = [.. _loadings.Where(loading => loading.TryAbandon(unloading))];
        }

        foreach (var loading in abandoned)
        {
            await loading.CancelAsync();
        }

        try
        {
            await Task.WhenAll(unloading.Select(shard => shard.UnloadAsync(cancellationToken)));
        }
        finally
        {
            lock (_lock)
            {
                _unloading.ExceptWith(unloading);
            }

            unloading.ForEach(shard => shard.Dispose());
        }
    }

    /// <summary>Lets go of everything at the end of a session; see <see cref="UnloadAsync"/>.</summary>
    public async Task UnloadAllAsync(CancellationToken cancellationToken)
    {
        await UnloadAsync(CoordinatorShards.All, cancellationToken);
        GroupWriter? writer = null;
        lock (_lock)
        {
            if (_shards.All(shard => shard is null))
            {
                (writer, _writer) = (_writer, null);
            }
        }

        if (writer is not null)
        {
            await writer.DisposeAsync();
        }
    }

    /// <summary>Finds the shard of a group, to serve a request from.</summary>
    /// <returns>None, or the error that the request is answered with; INVALID_GROUP_ID where the id is too long to be stored.</returns>
    public ErrorCode FindShard(string groupId, out GroupShard? shard)
    {
        var number = CoordinatorShards.Of(groupId);
        shard = Volatile.Read(ref _shards[number]);
        if (shard is not { Session.IsAlive: true })
        {
            // Told that it is not here while they are sent here, clients would ask both questions again and again without a pause.
            return _isLedHere(number) ? ErrorCode.CoordinatorLoadInProgress : ErrorCode.NotCoordinator;
        }

        if (!shard.IsServing)
        {
            return ErrorCode.CoordinatorLoadInProgress;
        }

        return _keys.TryEncode(groupId, out _) ? ErrorCode.None : ErrorCode.InvalidGroupId;
    }

    /// <summary>Finds all shards that are served here.</summary>
    /// <returns>
    /// None, also where there are no shards; COORDINATOR_LOAD_IN_PROGRESS where others are still being read;
    /// NOT_COORDINATOR where the session has ended.
    /// </returns>
    public ErrorCode FindShards(out IReadOnlyList<GroupShard> shards)
    {
        var all = FindAll(_ => true);
        if (all.Exists(shard => !shard.Session.IsAlive))
        {
            shards = [];
            return ErrorCode.NotCoordinator;
        }

        shards = all.FindAll(shard => shard.IsServing);
        return shards.Count == all.Count ? ErrorCode.None : ErrorCode.CoordinatorLoadInProgress;
    }

    /// <summary>
    /// Makes certain that whoever is found to coordinate these groups here has not been replaced by somebody who has positions that are not known here.
    /// </summary>
    /// <returns>False where the metadata store does not answer, so that nobody knows.</returns>
    public Task<bool> TryConfirmAsync(IEnumerable<string> groupIds, CancellationToken cancellationToken)
    {
        var sessions = groupIds.Select(id => Volatile.Read(ref _shards[CoordinatorShards.Of(id)])?.Session).OfType<BrokerSession>().Distinct();
        return MetadataQuestion.TryAskAsync(
            async end =>
            {
                foreach (var session in sessions)
                {
                    await session.ConfirmAsync(end);
                }
            },
            _clock.TimeProvider,
            cancellationToken);
    }

    /// <summary>Every group that is served here, with the number of its members and its committed offsets.</summary>
    public IEnumerable<GroupSummary> LookAtGroups() => FindAll(shard => shard.IsServing).SelectMany(shard => shard.LookAtGroups());

    /// <summary>Topics were deleted: the offsets that were committed for them go.</summary>
    public void RemoveTopics(IReadOnlySet<Guid> topicIds) =>
        FindAll(shard => shard.IsServing && shard.Session.IsAlive).ForEach(shard => shard.RemoveTopics(topicIds));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        await UnloadAllAsync(new CancellationToken(canceled: true));
        await _checkingRetention;
        _stopping.Dispose();
    }

    private (GroupShardLoading Loading, GroupWriter Writer, GroupWriter? EndedWriter, Task Unloading) Begin(
        BrokerSession session, IReadOnlyCollection<int> numbers)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
            foreach (var number in numbers)
            {
                if (_shards[number] is not null)
                {
                    throw new InvalidOperationException($"Shard {number} is coordinated here already; unload it first.");
                }
            }

            var endedWriter = TakeWriterOfEarlierSession(session);
            _writer ??= new GroupWriter(_store, session, _keys, Options.MaxQueuedOperations, _backoff, _logger);
            var unloading = Task.WhenAll(_unloading.Where(shard => numbers.Contains(shard.Number)).Select(shard => shard.Unloaded));
            var shards = numbers.Distinct().Select(number => new GroupShard(number, session, _keys, Options, _topics, Configurations, _clock, _metrics, _logger)).ToList();
            shards.ForEach(shard => Volatile.Write(ref _shards[shard.Number], shard));
            var loading = new GroupShardLoading(shards, new CancellationTokenSource());
            _loadings.Add(loading);
            return (loading, _writer, endedWriter, unloading);
        }
    }

    // Its session has ended: it is still to be disposed of.
    private GroupWriter? TakeWriterOfEarlierSession(BrokerSession session)
    {
        if (_writer is null || _writer.Session == session)
        {
            return null;
        }

        if (_shards.Any(shard => shard is not null))
        {
            throw new InvalidOperationException("Shards of an earlier session are still coordinated here; unload them first.");
        }

        var ended = _writer;
        _writer = null;
        return ended;
    }

    private Dictionary<int, GroupShard> FindWanted(GroupShardLoading loading)
    {
        lock (_lock)
        {
            return loading.Shards.ToDictionary(shard => shard.Number);
        }
    }

    private void Serve(GroupShardLoading loading, GroupWriter writer, long takenOverAt)
    {
        lock (_lock)
        {
            LogLoaded(loading.Shards.Count, loading.Shards.Sum(shard => shard.GroupCount), loading.Shards.Sum(shard => shard.OffsetCount));
            foreach (var shard in loading.Shards)
            {
                shard.Serve(writer, takenOverAt);
            }

            loading.Shards.Clear();
        }
    }

    private List<GroupShard> FindAll(Func<GroupShard, bool> condition)
    {
        var found = new List<GroupShard>();
        for (var number = 0; number < _shards.Length; number++)
        {
            if (Volatile.Read(ref _shards[number]) is { } shard && condition(shard))
            {
                found.Add(shard);
            }
        }

        return found;
    }

    private async Task CheckRetentionAsync()
    {
        var interval = TimeSpan.FromMilliseconds(Options.OffsetsRetentionCheckIntervalMs);
        try
        {
            while (true)
            {
                await Task.Delay(interval, _clock.TimeProvider, _stopping.Token);
                FindAll(shard => shard.IsServing).ForEach(shard => shard.CheckRetention());
                Interlocked.Increment(ref _retentionChecks);
            }
        }
        catch (OperationCanceledException)
        {
            // The broker stops.
        }
    }

    [LoggerMessage(1424, LogLevel.Information, "Coordinating {ShardCount} more shards, with {GroupCount} groups and {OffsetCount} committed offsets.")]
    private partial void LogLoaded(int shardCount, int groupCount, int offsetCount);
}
