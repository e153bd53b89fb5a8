using Kafscale.Broker.Checkpoints;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Garbage;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Recovery;
using Kafscale.Metadata.Cluster;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>
/// The loops of a session that look after what was written: segments and retention of what this broker leads, its checkpoints, and, as the
/// controller, garbage, snapshots and the metadata store's history.
/// </summary>
internal sealed class SessionUpkeep
{
    private readonly BrokerServices _services;
    private readonly BrokerSession _session;
    private readonly Func<bool> _isController;
    private readonly RetryBackoff _backoff;
    private readonly PartitionRecordWriter _records;
    private readonly ObjectRemover _remover;
    private readonly PartitionMaintenance _maintenance;
    private readonly GarbageCollector _garbage;
    private readonly Checkpointing _checkpoints;
    private readonly MetadataCompaction _compaction;
    private readonly SnapshotWriter _snapshots;

    /// <param name="services">What the broker has.</param>
    /// <param name="session">The session.</param>
    /// <param name="leadership">What it leads.</param>
    /// <param name="producerExpiration">Which producers are forgotten.</param>
    /// <param name="isController">Whether this session is the cluster's controller.</param>
    /// <param name="committedThrough">The last commit of the session that is known to have been applied; -1: none.</param>
    /// <param name="backoff">The pauses between attempts.</param>
    public SessionUpkeep(
        BrokerServices services,
        BrokerSession session,
        Leadership leadership,
        ProducerExpiration producerExpiration,
        Func<bool> isController,
        Func<long> committedThrough,
        RetryBackoff backoff)
    {
        _services = services;
        _session = session;
        _isController = isController;
        _backoff = backoff;
        _records = new PartitionRecordWriter(session, services.MetadataKeys, backoff);
        _remover = new ObjectRemover(services.ObjectStores.Maintenance, services.Cache, services.Indexes);
        LogStart = new LogStart(_records);
        _maintenance = CreateMaintenance(leadership, producerExpiration);
        _garbage = CreateGarbageCollector();
        _checkpoints = CreateCheckpointing(committedThrough);
        _compaction = CreateCompaction();
        _snapshots = CreateSnapshotWriter();
    }

    public LogStart LogStart { get; }

    /// <summary>Goes on until it is cancelled or the session is lost.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _maintenance.RunAsync(cancellationToken),
        _garbage.RunAsync(cancellationToken),
        _checkpoints.RunAsync(cancellationToken),
        _compaction.RunAsync(cancellationToken),
        _snapshots.RunAsync(cancellationToken));

    private PartitionMaintenance CreateMaintenance(Leadership leadership, ProducerExpiration producerExpiration)
    {
        var s = _services;
        var options = s.Options.Maintenance;
        var sink = new ManifestSink(s.ObjectStores.Maintenance, s.Manifests, s.ObjectKeys, _records);
        var extension = new ManifestExtension(producerExpiration);
        var merger = new SegmentMerger(
            s.ObjectStores.Maintenance,
            s.Cache,
            s.Manifests,
            sink,
            extension,
            _records,
            _remover,
            s.ObjectKeys,
            options.GracePeriod,
            s.Metrics.Maintenance,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<SegmentMerger>());
        return new PartitionMaintenance(
            leadership,
            s.Cluster,
            new MergeScheduler(s.Cluster, merger, options, s.Metrics.Maintenance, s.TimeProvider, s.LoggerFactory.CreateLogger<MergeScheduler>()),
            new SegmentRemover(
                _remover, s.Manifests, sink, extension, s.ObjectKeys, options.GracePeriod, s.TimeProvider, s.LoggerFactory.CreateLogger<SegmentRemover>()),
            new LogRetention(s.Manifests, s.TimeProvider),
            LogStart,
            producerExpiration,
            s.ObjectStores.Health,
            options,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<PartitionMaintenance>());
    }

    private GarbageCollector CreateGarbageCollector()
    {
        var s = _services;
        var options = s.Options.Maintenance;
        var checkpoints = new CheckpointGarbage(
            _session, s.Cluster, s.Follower, s.MetadataKeys, s.ObjectKeys, options.GracePeriod, s.TimeProvider, s.LoggerFactory.CreateLogger<CheckpointGarbage>());
        var unreferenced = new UnreferencedObjects(
            s.Cluster,
            s.Follower,
            s.Manifests,
            s.ObjectStores.Maintenance,
            s.ObjectKeys,
            options.GracePeriod,
            options.GracePeriod,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<UnreferencedObjects>());
        return new GarbageCollector(
            _session,
            _isController,
            s.Cluster,
            s.Follower,
            checkpoints,
            unreferenced,
            new DeletedTopics(s.ObjectStores.Maintenance, s.ObjectKeys, s.MetadataKeys),
            _remover,
            s.MetadataKeys,
            options,
            s.TimeProvider,
            new Random(s.Random.Next()),
            s.Metrics.Maintenance,
            s.LoggerFactory.CreateLogger<GarbageCollector>());
    }

    private Checkpointing CreateCheckpointing(Func<long> committedThrough)
    {
        var s = _services;
        var options = s.Options.Checkpoints;
        var writer = new CheckpointWriter(
            _session,
            s.MetadataStore,
            s.MetadataKeys,
            s.ObjectStores.Maintenance,
            s.ObjectKeys,
            options,
            _backoff,
            s.Metrics.Maintenance,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<CheckpointWriter>());
        return new Checkpointing(
            _session,
            committedThrough,
            _isController,
            s.Cluster,
            s.Follower,
            writer,
            options,
            s.Metrics.Maintenance,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<Checkpointing>());
    }

    private MetadataCompaction CreateCompaction()
    {
        var s = _services;
        return new MetadataCompaction(
            s.MetadataStore, s.MetadataKeys, _isController, s.Options.Checkpoints.HistoryKept, s.TimeProvider, s.LoggerFactory.CreateLogger<MetadataCompaction>());
    }

    private SnapshotWriter CreateSnapshotWriter()
    {
        var s = _services;
        return new SnapshotWriter(
            _isController,
            s.Cluster,
            new SnapshotSource(s.MetadataStore, s.MetadataKeys, s.TimeProvider),
            s.ObjectStores.Maintenance,
            s.ObjectKeys,
            s.Options.Maintenance,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<SnapshotWriter>());
    }
}
