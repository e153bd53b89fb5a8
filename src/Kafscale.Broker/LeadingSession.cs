using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Control;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
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
    private readonly GroupLeadership _groupLeadership;
    private readonly Controller _controller;
    private readonly StoreStanding _storeStanding;
    private readonly SessionUpkeep _upkeep;
    private readonly ILogger _logger;
    private Task _running = Task.CompletedTask;

    public LeadingSession(BrokerServices services, GroupCoordinator groups, OwnRecord own, BrokerSession session)
    {
        _services = services;
        _groups = groups;
        _logger = services.LoggerFactory.CreateLogger<LeadingSession>();
        Session = session;
        var backoff = services.CreateBackoff();
        var writer = CreateWalWriter(backoff);
        var producerExpiration = new ProducerExpiration(services.Options.Maintenance.ProducerExpiration, services.TimeProvider);
        Flusher = CreateFlusher(writer);
        Leadership = CreateLeadership(producerExpiration);
        _groupLeadership = new GroupLeadership(services.Options.BrokerId, session, services.Cluster, services.Follower, services.MetadataKeys, groups);
        _controller = CreateController();
        _storeStanding = CreateStoreStanding(own);
        _upkeep = new SessionUpkeep(services, session, Leadership, producerExpiration, () => IsController, () => writer.CommittedThrough, backoff);
        _lost = session.Lost.UnsafeRegister(_ => OnLost(), null);
    }

    public BrokerSession Session { get; }

    public Flusher Flusher { get; }

    public Leadership Leadership { get; }

    public LogStart LogStart => _upkeep.LogStart;

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
                _upkeep.RunAsync(_ending.Token));
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

    private WalWriter CreateWalWriter(RetryBackoff backoff)
    {
        var s = _services;
        return new WalWriter(
            s.ObjectStores.Uploads,
            s.Cache,
            s.ObjectKeys,
            s.MetadataKeys,
            Session,
            s.Cluster,
            backoff,
            s.Metrics.Flushes,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<WalWriter>());
    }

    private Flusher CreateFlusher(WalWriter writer)
    {
        var s = _services;
        return new Flusher(s.Options.Flusher, writer, s.AppendBuffer, s.Metrics.Flushes, s.Tracing, s.TimeProvider, s.LoggerFactory.CreateLogger<Flusher>());
    }

    private Leadership CreateLeadership(ProducerExpiration producerExpiration)
    {
        var s = _services;
        return new Leadership(
            s.Options.BrokerId,
            Session,
            s.Cluster,
            s.Follower,
            s.MetadataKeys,
            new ProducerRecovery(s.Manifests),
            producerExpiration,
            Flusher,
            s.Metrics.Leadership,
            s.LoggerFactory.CreateLogger<Leadership>());
    }

    private Controller CreateController()
    {
        var s = _services;
        return new Controller(
            s.Options.BrokerId,
            Session,
            s.Cluster,
            s.Follower,
            s.MetadataKeys,
            new PartitionLoads(s.Options.BrokerId, s.Cluster, s.MetadataKeys, s.TimeProvider),
            s.Options.Controller,
            s.TimeProvider,
            s.LoggerFactory.CreateLogger<Controller>());
    }

    private StoreStanding CreateStoreStanding(OwnRecord own)
    {
        var s = _services;
        return new StoreStanding(
            own,
            s.Cluster,
            s.ObjectStores.Health,
            s.ObjectStores.Maintenance,
            s.ObjectKeys.HealthProbe(s.Options.BrokerId),
            s.Options.Controller,
            s.CreateBackoff(),
            s.TimeProvider);
    }

    [LoggerMessage(1801, LogLevel.Warning, "Session {Session} is lost: this broker leads nothing until it has registered again.")]
    private partial void LogLost(long session);
}
