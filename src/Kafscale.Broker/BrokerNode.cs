using Google.Protobuf;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Fetching;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker;

/// <summary>
/// A broker without its sockets: recovers from metadata, registers, leads partitions, and answers requests. Where its session
/// is lost it registers again and goes on.
/// </summary>
internal sealed partial class BrokerNode : IAsyncDisposable
{
    private static readonly TimeSpan MinFetchSessionEvictionAge = TimeSpan.FromMinutes(2);

    private readonly BrokerServices _services;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private SessionRecord _record;
    private LeadingSession? _session;
    private Task _following = Task.CompletedTask;
    private Task _running = Task.CompletedTask;

    public BrokerNode(
        BrokerOptions options,
        IObjectStore objectStore,
        IMetadataStore metadataStore,
        TimeProvider timeProvider,
        Random random,
        ILoggerFactory loggerFactory)
    {
        _services = new BrokerServices(options, objectStore, metadataStore, timeProvider, random, loggerFactory);
        _logger = loggerFactory.CreateLogger<BrokerNode>();
        _record = new SessionRecord
        {
            BrokerId = options.BrokerId,
            Host = options.AdvertisedHost,
            Port = options.AdvertisedPort,
            Rack = options.Rack,
            Version = options.Version,
            StartedAtMs = timeProvider.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        Dispatcher = new RequestDispatcher(CreateHandlers());
    }

    /// <summary>The APIs that this broker answers.</summary>
    public RequestDispatcher Dispatcher { get; }

    public BrokerServices Services => _services;

    /// <summary>Why clients should not be sent here now; empty where they may be.</summary>
    public IReadOnlyList<string> NotReadyReasons => _session is { Session.IsAlive: true }
        ? []
        : ["The broker has no session with the metadata store."];

    /// <summary>Ends with an error when the broker can not go on; ends well once it has been stopped.</summary>
    public Task Completion => _running;

    /// <summary>Recovers and leads; when it returns, everything that was acknowledged before can be read.</summary>
    /// <exception cref="BrokerIdInUseException">Another live broker has the same id.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await EnsureClusterAsync(cancellationToken);
        await _services.Follower.LoadAsync(cancellationToken);
        _following = FollowAsync();
        _session = await StartSessionAsync(cancellationToken);
        _running = RunAsync();
    }

    /// <summary>Tells clients where this broker can be reached.</summary>
    public async Task AnnounceAsync(string host, int port, CancellationToken cancellationToken)
    {
        _record = new SessionRecord(_record) { Host = host, Port = port };
        await _session!.Session.UpdateRecordAsync(_record, cancellationToken);
        await _services.Follower.CatchUpAsync(cancellationToken);
    }

    /// <summary>Flushes and commits what was accepted, then ends the session; at the deadline gives up what is left.</summary>
    public async Task StopAsync(CancellationToken deadline)
    {
        await _stopping.CancelAsync();

        // Where they have failed, whoever waits for Completion has been told.
        await Task.WhenAny(_running);
        if (_session is { } session)
        {
            _session = null;
            await session.StopAsync(deadline);
        }

        await Task.WhenAny(_following);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await StopAsync(new CancellationToken(canceled: true));
        }

        await _services.DisposeAsync();
        _stopping.Dispose();
    }

    private IEnumerable<IRequestHandler> CreateHandlers()
    {
        var s = _services;
        var lookup = new OffsetLookup(s.Reader, s.Manifests);
        var fetchSessions = new FetchSessionCache(s.Options.MaxFetchSessions, MinFetchSessionEvictionAge, s.TimeProvider, new Random(s.Random.Next()));
        yield return new ProduceHandler(s.Cluster, new RecordsAppender(s.AppendBuffer, s.TimeProvider), s.Metrics, s.TimeProvider);
        yield return new FetchHandler(s.Cluster, s.Reader, fetchSessions, s.Metrics, s.TimeProvider, s.LoggerFactory.CreateLogger<FetchHandler>());
        yield return new ListOffsetsHandler(s.Cluster, lookup, s.LoggerFactory.CreateLogger<ListOffsetsHandler>());
        yield return new OffsetForLeaderEpochHandler(s.Cluster, lookup, s.LoggerFactory.CreateLogger<OffsetForLeaderEpochHandler>());
    }

    private async Task EnsureClusterAsync(CancellationToken cancellationToken)
    {
        var key = _services.MetadataKeys.Cluster;
        var id = Convert.ToBase64String(TopicIds.ToBytes(TopicIds.Create(_services.Random)).Span).TrimEnd('=').Replace('+', '-').Replace('/', '_');
        await _services.MetadataStore.CommitAsync(
            new MetadataTransaction
            {
                Comparisons = [Comparison.Missing(key)],
                Then = [new Operation.Put(key, new ClusterRecord { ClusterId = id }.ToByteArray())],
            },
            cancellationToken);
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

    private async Task<LeadingSession> StartSessionAsync(CancellationToken cancellationToken)
    {
        var registered = await BrokerSession.RegisterAsync(
            _services.MetadataStore, _services.MetadataKeys, _record, _services.Options.SessionTimeToLive, _services.TimeProvider, cancellationToken);
        var session = new LeadingSession(_services, registered);
        try
        {
            // Only now is it certain that no commit of an earlier session of this broker can still appear.
            await _services.Follower.WaitForRevisionAsync(registered.Number, cancellationToken);
            await session.StartAsync(cancellationToken);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    private async Task RunAsync()
    {
        var backoff = _services.CreateBackoff();
        try
        {
            while (true)
            {
                var ended = _session!.WaitUntilEndedAsync();
                if (await Task.WhenAny(ended, _following).WaitAsync(_stopping.Token) == _following)
                {
                    await _following;
                }

                await _session.DisposeAsync();
                _session = null;
                for (var attempt = 0; _session is null; attempt++)
                {
                    try
                    {
                        _session = await StartSessionAsync(_stopping.Token);
                    }
                    catch (Exception exception) when (exception is not OperationCanceledException)
                    {
                        LogRegisterFailed(exception);
                        await backoff.WaitAsync(attempt, _stopping.Token);
                    }
                }

                LogRegistered(_session.Session.Number);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The broker stops.
        }
    }

    [LoggerMessage(1901, LogLevel.Warning, "Registered again, in session {Session}.")]
    private partial void LogRegistered(long session);

    [LoggerMessage(1902, LogLevel.Error, "Registering again failed; trying again.")]
    private partial void LogRegisterFailed(Exception exception);
}
