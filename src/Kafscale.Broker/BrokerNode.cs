using System.Globalization;
using Kafscale.Broker.Administration;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Fetching;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Recovery;
using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.Health;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>
/// A broker without its sockets: recovers from metadata, registers, leads partitions, and answers requests. Where its session
/// is lost it registers again and goes on.
/// </summary>
internal sealed partial class BrokerNode : IAsyncDisposable
{
    // Some 60 MiB of memory.
    private const int MaxFetchSessionPartitions = 200_000;

    private static readonly TimeSpan MinFetchSessionEvictionAge = TimeSpan.FromMinutes(2);

    private readonly BrokerServices _services;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CurrentLeadership _leadership = new();
    private readonly GroupCoordinator _groups;
    private readonly ProducerIds _producerIds;
    private readonly NewsOfCommits _news;
    private readonly RetryBackoff _registerBackoff;
    private readonly OwnRecord _own;
    private Task _following = Task.CompletedTask;
    private Task _measuring = Task.CompletedTask;
    private Task _running = Task.CompletedTask;

    public BrokerNode(
        BrokerOptions options,
        ObjectStoreLanes objectStores,
        IMetadataStore metadataStore,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory)
    {
        _services = new BrokerServices(options, objectStores, metadataStore, timeProvider, random, loggerFactory);
        _logger = loggerFactory.CreateLogger<BrokerNode>();
        _own = new OwnRecord(new SessionRecord
        {
            BrokerId = options.BrokerId,
            Host = options.AdvertisedHost,
            Port = options.AdvertisedPort,
            Rack = options.Rack,
            Roles = { RegisteredBroker.RolesOf(options.Leads) },
            Version = options.Version,
            InstanceId = random.NextInt64().ToString("x16", CultureInfo.InvariantCulture),
            StartedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
        });
        _groups = new GroupCoordinator(
            _services.MetadataStore,
            _services.MetadataKeys,
            options.Groups,
            new ClusterTopicDirectory(_services.Cluster),
            new ClusterGroupConfigurations(_services.Cluster, options.Groups),
            shard => _services.Cluster.FindCoordinator(shard)?.Record.BrokerId == options.BrokerId,
            timeProvider,
            new Random(random.Next()),
            _services.Metrics.Groups,
            loggerFactory.CreateLogger<GroupCoordinator>());
        _services.Cluster.TopicRemoved += topicId => _groups.RemoveTopics(new HashSet<Guid> { topicId });
        _registerBackoff = _services.CreateBackoff();
        _news = new NewsOfCommits(_services.Follower, timeProvider);
        _producerIds = new ProducerIds(_services.MetadataStore, _services.MetadataKeys, _services.CreateBackoff());
        Dispatcher = new RequestDispatcher([.. CreateLogHandlers(), .. CreateTopicHandlers(), .. CreateGroupHandlers()], _services.Metrics);
        _services.Metrics.Leadership.Observe(options, _services.Cluster, _leadership);
        _services.Metrics.Groups.Observe(_groups, _services.Cluster, options.Telemetry, timeProvider);
    }

    /// <summary>The APIs that this broker answers.</summary>
    public RequestDispatcher Dispatcher { get; }

    public BrokerServices Services => _services;

    /// <summary>Why clients should not be sent here now; empty where they may be.</summary>
    public IReadOnlyList<string> NotReadyReasons
    {
        get
        {
            var reasons = new List<string>();
            if (!_leadership.IsAlive)
            {
                reasons.Add("The broker has no session with the metadata store.");
            }

            // Not where it is degraded: that concerns all brokers at once, and is over sooner than clients find the way back.
            if (_services.ReadHealth.Status is { State: ObjectStoreHealthState.Unavailable } status)
            {
                reasons.Add($"The object store is unavailable. {status.Reason}");
            }

            return reasons;
        }
    }

    /// <summary>Ends with an error when the broker can not go on; ends well once it has been stopped.</summary>
    public Task Completion => _running;

    /// <summary>Recovers and leads; when it returns, everything that was acknowledged before can be read.</summary>
    /// <exception cref="BrokerIdInUseException">Another live broker has the same id.</exception>
    /// <exception cref="BucketMismatchException">The stores belong to different clusters, or the metadata to an earlier time.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await EnsureClusterAsync(cancellationToken);
        await _services.Follower.LoadAsync(cancellationToken);
        _following = FollowAsync();

        // A session that is lost while it starts, on a machine that has no time for it, is followed by another.
        _leadership.Session = await StartSessionAsync(static exception => exception is SessionLostException, cancellationToken);
        _running = RunAsync();
        _measuring = MeasureReplicaAsync();
    }

    /// <summary>Tells clients where this broker can be reached.</summary>
    public async Task AnnounceAsync(string host, int port, CancellationToken cancellationToken)
    {
        try
        {
            await _own.ChangeAsync(
                record =>
                {
                    record.Host = host;
                    record.Port = port;
                },
                cancellationToken);
        }
        catch (SessionLostException)
        {
            // The next session is registered with it.
        }

        await _services.Follower.CatchUpAsync(cancellationToken);
    }

    /// <summary>
    /// Has other brokers take over what this one leads, and takes nothing more until <see cref="EndDrainAsync"/>. Completes once it
    /// leads nothing, or where there is no broker that could take over.
    /// </summary>
    /// <exception cref="SessionLostException">The session has ended: others take over by themselves.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        if (_leadership.Session is LeadingSession session)
        {
            await SetDrainingAsync(true, cancellationToken);
            await _services.Cluster.UntilAsync(
                () => !_services.Cluster.Brokers.Values.Any(broker => broker.TakesLeadership) || session.LeadsNothing, cancellationToken);
        }
    }

    /// <summary>Has this broker take its share again.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public Task EndDrainAsync(CancellationToken cancellationToken) => SetDrainingAsync(false, cancellationToken);

    /// <summary>Commits everything that was accepted before.</summary>
    /// <returns>Whether all of it was committed; not where the session was lost meanwhile.</returns>
    public async Task<bool> FlushAsync(CancellationToken cancellationToken) => _leadership.Session switch
    {
        LeadingSession session => await session.Flusher.FlushAsync(cancellationToken),
        // One that leads nothing accepts nothing; without a session, everything was given up.
        { } => true,
        null => false,
    };

    /// <summary>What it is doing now.</summary>
    /// <param name="connections">How many clients are connected.</param>
    public BrokerStatus Look(int connections) => new BrokerInspection(_services, _leadership).Look(NotReadyReasons, connections);

    /// <summary>Tells where records are in the object store.</summary>
    public StorageInspection Storage => new(_services);

    /// <summary>Groups that this broker coordinates.</summary>
    public CoordinatedGroupPage FindGroups(string after, int limit) => new GroupInspection(_groups, _services.Cluster).Find(after, limit);

    /// <summary>Whether nothing is led.</summary>
    public bool LeadsNothing => _leadership.Session is not LeadingSession session || session.LeadsNothing;

    /// <summary>Whether there is a broker that could take over.</summary>
    public bool CanHandOver => _services.Cluster.Brokers.Values.Any(broker => broker.TakesLeadership && broker.Record.BrokerId != _services.Options.BrokerId);

    /// <summary>Flushes and commits what was accepted, then ends the session; at the deadline gives up what is left.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        await _stopping.CancelAsync();

        // Where they have failed, whoever waits for Completion has been told.
        await Task.WhenAny(_running);
        if (_leadership.Session is { } session)
        {
            _leadership.Session = null;
            _own.End();
            await session.StopAsync(deadline);
        }

        await Task.WhenAll(Task.WhenAny(_following), _measuring);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await StopAsync(new CancellationToken(canceled: true));
        }

        await _groups.DisposeAsync();
        _producerIds.Dispose();
        _own.Dispose();
        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task SetDrainingAsync(bool isDraining, CancellationToken cancellationToken)
    {
        await _own.ChangeAsync(record => record.Draining = isDraining, cancellationToken);
        if (_leadership.Session is not null)
        {
            await _services.Follower.CatchUpAsync(cancellationToken);
        }
    }

    private IEnumerable<IRequestHandler> CreateLogHandlers()
    {
        var s = _services;
        var lookup = new OffsetLookup(s.Reader, s.Manifests);
        var fetchSessions = new FetchSessionCache(s.Options.MaxFetchSessions, MaxFetchSessionPartitions, MinFetchSessionEvictionAge, s.TimeProvider, new Random(s.Random.Next()));
        var leaders = new LeaderHints(s.Cluster, s.Options.BrokerId);
        var appender = new RecordsAppender(s.AppendBuffer, s.Backpressure, s.TimeProvider);
        yield return new ProduceHandler(
            s.Cluster,
            leaders,
            new LeadershipMoves(s.Cluster, _leadership, s.TimeProvider),
            new ProducerLoader(s.LoggerFactory.CreateLogger<ProducerLoader>()),
            appender,
            new MessageSetAppender(appender, s.Metrics.Records, s.TimeProvider),
            s.Backpressure,
            s.Metrics,
            s.Tracing,
            s.TimeProvider);
        yield return new FetchHandler(
            new PartitionReadCheck(s.Options.BrokerId, s.Cluster, () => _leadership.IsAlive, _news),
            leaders,
            s.Reader,
            new MessageSetReads(s.Reader, s.Metrics.Records),
            new PreferredReadReplicas(s.Cluster, s.Options.Rack),
            fetchSessions,
            s.Backpressure,
            s.Metrics,
            s.Tracing,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<FetchHandler>());
        yield return new ListOffsetsHandler(s.Options.BrokerId, s.Cluster, lookup, _news, s.LoggerFactory.CreateLogger<ListOffsetsHandler>());
        yield return new OffsetForLeaderEpochHandler(s.Cluster, lookup, s.LoggerFactory.CreateLogger<OffsetForLeaderEpochHandler>());
        yield return new DeleteRecordsHandler(s.Cluster, _leadership, s.TimeProvider);
        yield return new InitProducerIdHandler(_producerIds, s.TimeProvider);
        yield return new DescribeProducersHandler(s.Cluster, s.LoggerFactory.CreateLogger<DescribeProducersHandler>());
    }

    private IEnumerable<IRequestHandler> CreateTopicHandlers()
    {
        var s = _services;
        var options = s.Options.Cluster;
        var records = new TopicRecords(s.MetadataStore, s.MetadataKeys, s.Follower, s.CreateBackoff());
        var topics = new TopicAdministration(
            s.Cluster, records, new LeaderWait(s.Cluster, s.Follower, s.Options.BrokerId), options, s.TimeProvider, new Random(s.Random.Next()), s.LoggerFactory.CreateLogger<TopicAdministration>());
        var groupConfigs = new GroupConfigAdministration(
            s.Cluster, new MetadataRecords(s.MetadataStore, s.Follower, s.CreateBackoff()), s.MetadataKeys, options, s.Options.Groups);
        var alterations = new ConfigAlterations(new TopicConfigAdministration(records, options), groupConfigs, options, s.TimeProvider);
        yield return new MetadataHandler(s.Cluster, new AnnouncedBrokers(s.Cluster, s.TimeProvider), topics, options);
        yield return new CreateTopicsHandler(topics, options);
        yield return new DeleteTopicsHandler(s.Cluster, topics, _news, s.TimeProvider);
        yield return new CreatePartitionsHandler(topics, s.TimeProvider);
        yield return new DescribeTopicPartitionsHandler(s.Cluster);
        yield return new DescribeConfigsHandler(s.Cluster, options, s.Options.Groups);
        yield return new AlterConfigsHandler(alterations);
        yield return new IncrementalAlterConfigsHandler(alterations);
        yield return new ListConfigResourcesHandler(s.Cluster);
        yield return new DescribeClusterHandler(s.Cluster, options);
        yield return new DescribeLogDirsHandler(s.Cluster, options);
    }

    private IEnumerable<IRequestHandler> CreateGroupHandlers()
    {
        var topics = new ClusterTopicDirectory(_services.Cluster);
        yield return new FindCoordinatorHandler(new ShardCoordinatorLocator(_services.Cluster));
        yield return new JoinGroupHandler(_groups);
        yield return new SyncGroupHandler(_groups);
        yield return new HeartbeatHandler(_groups);
        yield return new LeaveGroupHandler(_groups);
        yield return new OffsetCommitHandler(_groups, topics, _services.TimeProvider);
        yield return new OffsetFetchHandler(_groups, topics);
        yield return new OffsetDeleteHandler(_groups, topics);
        yield return new ListGroupsHandler(_groups, _services.TimeProvider);
        yield return new DescribeGroupsHandler(_groups);
        yield return new DeleteGroupsHandler(_groups);
        yield return new ConsumerGroupHeartbeatHandler(_groups);
        yield return new ConsumerGroupDescribeHandler(_groups, topics);
    }

    private async Task EnsureClusterAsync(CancellationToken cancellationToken)
    {
        var id = Convert.ToBase64String(TopicIds.ToBytes(TopicIds.Create(_services.Random)).Span).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        var ownership = new BucketOwnership(
            _services.MetadataStore, _services.MetadataKeys, _services.ObjectStores.Maintenance, _services.ObjectKeys);
        await ownership.EnsureAsync(id, _services.Options.Leads, cancellationToken);
    }

    private async Task FollowAsync()
    {
        try
        {
            await _services.Follower.FollowAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The broker stops.
        }
    }

    private Task MeasureReplicaAsync()
    {
        if (_services.ObjectStores.Replica is not { } replica)
        {
            return Task.CompletedTask;
        }

        var lag = new ReplicaLag(replica, _services.Cluster, _services.TimeProvider);
        lag.Publish(_services.Metrics.Meter);
        return lag.RunAsync(_stopping.Token);
    }

    // Until one has started, or something has failed that does not pass.
    private async Task<IServingSession> StartSessionAsync(Predicate<Exception> mayPass, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await BeginSessionAsync(cancellationToken);
            }
            catch (Exception exception) when (mayPass(exception) && !_following.IsCompleted)
            {
                LogRegisterFailed(exception);
                await _registerBackoff.WaitAsync(attempt, cancellationToken);
            }
        }
    }

    private async Task<IServingSession> BeginSessionAsync(CancellationToken cancellationToken)
    {
        var record = _own.Value;
        var registered = await BrokerSession.RegisterAsync(
            _services.MetadataStore,
            _services.MetadataKeys,
            record,
            _services.Options.SessionTimeToLive,
            _services.TimeProvider,
            (holder, patience) => LogIdHeld(holder.BrokerId, holder.Host, holder.Port, patience.TotalSeconds),
            cancellationToken);
        IServingSession session = _services.Options.Leads ? new LeadingSession(_services, _groups, _own, registered) : new ReadingSession(registered);
        try
        {
            await WhileFollowingAsync(
                async starting =>
                {
                    // Only now is it certain that no commit of an earlier session of this broker can still appear.
                    await _services.Follower.WaitForRevisionAsync(registered.Revision, starting);
                    await _own.BeginAsync(registered, record, starting);
                    await session.StartAsync(starting);
                },
                cancellationToken);
            return session;
        }
        catch
        {
            _own.End();
            await session.DisposeAsync();
            throw;
        }
    }

    // What a session waits for at its start comes with the metadata stream. Where that has ended, nothing comes any more.
    private async Task WhileFollowingAsync(Func<CancellationToken, Task> start, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var starting = start(end.Token);
        if (await Task.WhenAny(starting, _following) == _following)
        {
            await end.CancelAsync();
            await Task.WhenAny(starting);
            await _following;
        }

        await starting;
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var ended = _leadership.Session!;
                if (await Task.WhenAny(ended.WaitUntilEndedAsync(), _following).WaitAsync(_stopping.Token) == _following)
                {
                    // Without the metadata stream there is nothing to go on with.
                    await _following;
                    _stopping.Token.ThrowIfCancellationRequested();
                }

                _leadership.Session = null;
                _own.End();
                await ended.DisposeAsync();
                _leadership.Session = await StartSessionAsync(static exception => exception is not OperationCanceledException, _stopping.Token);
                LogRegistered(_leadership.Session.Session.Number);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The broker stops.
        }
    }

    [LoggerMessage(1901, LogLevel.Warning, "Registered again, in session {Session}.")]
    private partial void LogRegistered(long session);

    [LoggerMessage(1903, LogLevel.Warning, "Broker id {BrokerId} is held by the session of {Host}:{Port}. If that broker was killed, its lease ends within {Seconds} s; waiting for that.")]
    private partial void LogIdHeld(int brokerId, string host, int port, double seconds);

    [LoggerMessage(1902, LogLevel.Error, "Registering failed; trying again.")]
    private partial void LogRegisterFailed(Exception exception);
}
