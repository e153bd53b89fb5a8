using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Control;
using Kafscale.Broker.Garbage;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>
/// Everything that lives exactly as long as one session: what the broker leads, its flusher, and the loops that look after
/// partitions and garbage.
/// </summary>
internal sealed partial class LeadingSession : IServingSession
{
    private readonly BrokerServices _services;
    private readonly GroupCoordinator _groups;
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenRegistration _lost;
    private readonly PartitionMaintenance _maintenance;
    private readonly GarbageCollector _garbage;
    private readonly SnapshotWriter _snapshots;
    private readonly GroupLeadership _groupLeadership;
    private readonly Controller _controller;
    private readonly StoreStanding _storeStanding;
    private readonly Checkpointing _checkpoints;
    private readonly MetadataCompaction _compaction;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;

    public LeadingSession(BrokerServices services, GroupCoordinator groups, OwnRecord own, BrokerSession session)
    {
        _services = services;
        _groups = groups;
        _logger = services.LoggerFactory.CreateLogger<LeadingSession>();
        Session = session;
        var loggers = services.LoggerFactory;
        var time = services.TimeProvider;
        var backoff = services.CreateBackoff();
        var writer = new WalWriter(
            services.ObjectStores.Uploads, services.Cache, services.ObjectKeys, services.MetadataKeys, session, services.Cluster, backoff, services.Metrics.Flushes, time, loggers.CreateLogger<WalWriter>());
        Flusher = new Flusher(services.Options.Flusher, writer, services.AppendBuffer, services.Metrics.Flushes, services.Tracing, time, loggers.CreateLogger<Flusher>());
        var producerExpiration = new ProducerExpiration(services.Options.Maintenance.ProducerExpiration, time);
        Leadership = new Leadership(
            services.Options.BrokerId,
            session,
            services.Cluster,
            services.Follower,
            services.MetadataKeys,
            new ProducerRecovery(services.Manifests),
            producerExpiration,
            Flusher,
            services.Metrics.Leadership,
            loggers.CreateLogger<Leadership>());
        _groupLeadership = new GroupLeadership(
            services.Options.BrokerId, session, services.Cluster, services.Follower, services.MetadataKeys, groups);
        _controller = new Controller(
            services.Options.BrokerId,
            session,
            services.Cluster,
            services.Follower,
            services.MetadataKeys,
            new PartitionLoads(services.Options.BrokerId, services.Cluster, services.MetadataKeys, time),
            services.Options.Controller,
            time,
            loggers.CreateLogger<Controller>());
        _storeStanding = new StoreStanding(
            own,
            services.Cluster,
            services.ObjectStores.Health,
            services.ObjectStores.Maintenance,
            services.ObjectKeys.HealthProbe(services.Options.BrokerId),
            services.Options.Controller,
            services.CreateBackoff(),
            time);
        var records = new PartitionRecordWriter(session, services.MetadataKeys, backoff);
        var remover = new ObjectRemover(services.ObjectStores.Maintenance, services.Cache, services.Indexes);
        var sink = new ManifestSink(services.ObjectStores.Maintenance, services.Manifests, services.ObjectKeys, records);
        var extension = new ManifestExtension(producerExpiration);
        LogStart = new LogStart(records);
        _maintenance = new PartitionMaintenance(
            Leadership,
            services.Cluster,
            new MergeScheduler(
                services.Cluster,
                new SegmentMerger(
                    services.ObjectStores.Maintenance,
                    services.Cache,
                    services.Manifests,
                    sink,
                    extension,
                    records,
                    remover,
                    services.ObjectKeys,
                    services.Options.Maintenance.GracePeriod,
                    services.Metrics.Maintenance,
                    time,
                    loggers.CreateLogger<SegmentMerger>()),
                services.Options.Maintenance,
                services.Metrics.Maintenance,
                time,
                loggers.CreateLogger<MergeScheduler>()),
            new SegmentRemover(
                remover, services.Manifests, sink, extension, services.ObjectKeys, services.Options.Maintenance.GracePeriod, time, loggers.CreateLogger<SegmentRemover>()),
            new LogRetention(services.Manifests, time),
            LogStart,
            producerExpiration,
            services.ObjectStores.Health,
            services.Options.Maintenance,
            time,
            loggers.CreateLogger<PartitionMaintenance>());
        _garbage = new GarbageCollector(
            session,
            () => IsController,
            services.Cluster,
            services.Follower,
            new CheckpointGarbage(
                session,
                services.Cluster,
                services.Follower,
                services.MetadataKeys,
                services.ObjectKeys,
                services.Options.Maintenance.GracePeriod,
                time,
                loggers.CreateLogger<CheckpointGarbage>()),
            new UnreferencedObjects(
                services.Cluster,
                services.Follower,
                services.Manifests,
                services.ObjectStores.Maintenance,
                services.ObjectKeys,
                services.Options.Maintenance.GracePeriod,
                services.Options.Maintenance.GracePeriod,
                time,
                loggers.CreateLogger<UnreferencedObjects>()),
            new DeletedTopics(services.ObjectStores.Maintenance, services.ObjectKeys, services.MetadataKeys),
            remover,
            services.MetadataKeys,
            services.Options.Maintenance,
            time,
            new Random(services.Random.Next()),
            services.Metrics.Maintenance,
            loggers.CreateLogger<GarbageCollector>());
        _snapshots = new SnapshotWriter(
            () => IsController,
            services.Cluster,
            new SnapshotSource(services.MetadataStore, services.MetadataKeys, time),
            services.ObjectStores.Maintenance,
            services.ObjectKeys,
            services.Options.Maintenance,
            time,
            loggers.CreateLogger<SnapshotWriter>());
        _checkpoints = new Checkpointing(
            session,
            () => writer.CommittedThrough,
            () => IsController,
            services.Cluster,
            services.Follower,
            new CheckpointWriter(
                session,
                services.MetadataStore,
                services.MetadataKeys,
                services.ObjectStores.Maintenance,
                services.ObjectKeys,
                services.Options.Checkpoints,
                backoff,
                services.Metrics.Maintenance,
                time,
                loggers.CreateLogger<CheckpointWriter>()),
            services.Options.Checkpoints,
            services.Metrics.Maintenance,
            time,
            loggers.CreateLogger<Checkpointing>());
        _compaction = new MetadataCompaction(
            services.MetadataStore, services.MetadataKeys, () => IsController, services.Options.Checkpoints.HistoryKept, time, loggers.CreateLogger<MetadataCompaction>());
        _lost = session.Lost.UnsafeRegister(_ => OnLost(), null);
    }

    public BrokerSession Session { get; }

    public Flusher Flusher { get; }

    public Leadership Leadership { get; }

    public LogStart LogStart { get; }

    /// <summary>Whether nothing is led in this session.</summary>
    public bool LeadsNothing => !Leadership.LeadsAny && !_groupLeadership.LeadsAny;

    /// <summary>Whether this session is the cluster's controller.</summary>
    public bool IsController => _controller.IsController;

    /// <summary>Begins to lead; returns once there is a controller and everything that it assigns to this broker now is served.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Flusher.Start();
        _running = RunAsync();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Session.Lost, cancellationToken);
        try
        {
            await _services.Cluster.UntilAsync(() => _controller.HasAssignedEverything && Leadership.IsSettled && _groupLeadership.IsSettled, end.Token);
        }
        catch (OperationCanceledException) when (Session.Lost.IsCancellationRequested)
        {
            throw new SessionLostException(Session.Number);
        }
    }

    /// <inheritdoc/>
    public async Task WaitUntilEndedAsync()
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var lost = Session.Lost.UnsafeRegister(_ => ended.TrySetResult(), null);
        await using var ending = _ending.Token.UnsafeRegister(_ => ended.TrySetResult(), null);
        await Task.WhenAny(ended.Task, Flusher.Completion);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken deadline)
    {
        await using var late = deadline.UnsafeRegister(_ => Flusher.Abort(ErrorCode.NotLeaderOrFollower), null);
        await EndAsync(deadline);
    }

    public async ValueTask DisposeAsync() => await EndAsync(CancellationToken.None);

    private async Task EndAsync(CancellationToken deadline)
    {
        await _ending.CancelAsync();
        await _running;
        using (var givingUp = CancellationTokenSource.CreateLinkedTokenSource(Session.Lost, deadline))
        {
            await _groups.UnloadAllAsync(givingUp.Token);
        }

        // Only now, so that the last flushes are committed as a leader; where the session was lost, it has happened already.
        await Flusher.DisposeAsync();
        Leadership.Release();
        await _lost.DisposeAsync();
        await Session.DisposeAsync();
        _ending.Dispose();
    }

    private void OnLost()
    {
        LogLost(Session.Number);
        _services.Metrics.Leadership.OnSessionLost();
        _services.Cluster.LoseSession(Session.Number);
        Leadership.Release();
        Flusher.Abort(ErrorCode.NotLeaderOrFollower);
        _ending.Cancel();
    }

    private async Task RunAsync()
    {
        try
        {
            await Task.WhenAll(
                ReactAsync("Controlling the cluster", _controller.ActAsync),
                ReactAsync("Vouching for the object store", _storeStanding.VouchAsync),
                _storeStanding.FollowHealthAsync(_ending.Token),
                ReactAsync("Following the assignment of partitions", Leadership.FollowAssignmentsAsync),
                ReactAsync("Following the assignment of groups", _groupLeadership.FollowAssignmentsAsync),
                LookAgainAsync(_ending.Token),
                _maintenance.RunAsync(_ending.Token),
                _garbage.RunAsync(_ending.Token),
                _checkpoints.RunAsync(_ending.Token),
                _compaction.RunAsync(_ending.Token),
                _snapshots.RunAsync(_ending.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SessionLostException)
        {
            // Both mean that the session ends, which whoever owns it learns from the session itself.
        }
    }

    private Task ReactAsync(string name, Func<CancellationToken, Task> react) =>
        new ClusterReaction(name, react, _services.Cluster, _services.CreateBackoff(), _logger).RunAsync(_ending.Token);

    // What depends on time alone is noticed by nobody else.
    private async Task LookAgainAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_services.Options.Controller.LoadInterval, _services.TimeProvider, cancellationToken);
            _services.Cluster.RaiseChanged();
        }
    }

    [LoggerMessage(1801, LogLevel.Warning, "Session {Session} is lost: this broker leads nothing until it has registered again.")]
    private partial void LogLost(long session);
}
