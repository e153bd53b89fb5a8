using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Fetching;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Partitions;
using Kafscale.Broker.Requests;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Storage.ObjectStores;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>
/// The parts of a broker behind the topic, configuration and cluster APIs, on stores in memory. Requests and responses go
/// through their encoding, so that what is answered is what a client of that version sees.
/// </summary>
internal sealed class TestBroker : IAsyncDisposable, ILeaderWait, ILogStartMover
{
    private readonly MemoryMetadataStore? _ownStore;
    private readonly CancellationTokenSource _stopping = new();
    private readonly RequestDispatcher _dispatcher;
    private readonly GroupCoordinator _groups;
    private readonly LeaderWait _leaders;
    private readonly TimeProvider _requestTime;
    private LeadingSession? _session;
    private Task _following = Task.CompletedTask;

    private TestBroker(IMetadataStore? store, ClusterOptions options, GroupOptions groupOptions, TimeProvider requestTime)
    {
        _requestTime = requestTime;
        _ownStore = store is null ? new MemoryMetadataStore(TimeProvider.System) : null;
        Store = store ?? _ownStore!;
        Options = options;
        Services = new BrokerServices(
            new BrokerOptions
            {
                BrokerId = options.NodeId,
                AdvertisedHost = "broker.test",
                AdvertisedPort = 9092,
                BufferMaxBytes = 8 << 20,
                CacheBytes = 8 << 20,
                Flusher = new FlusherOptions { FlushInterval = TimeSpan.FromMilliseconds(1) },
                Cluster = options,
                Groups = groupOptions,
            },
            ObjectStoreLanes.Shared(new MemoryObjectStore(TimeProvider.System)),
            Store,
            TimeProvider.System,
            new Random(options.NodeId),
            NullLoggerFactory.Instance);
        var records = new TopicRecords(Store, Services.MetadataKeys, Services.Follower, Backoff());
        Topics = new TopicAdministration(
            Services.Cluster, records, this, options, TimeProvider.System, new Random(options.NodeId), NullLogger<TopicAdministration>.Instance);
        GroupConfigurations = new ClusterGroupConfigurations(Cluster, groupOptions);
        var groupConfigs = new GroupConfigAdministration(
            Cluster, new MetadataRecords(Store, Services.Follower, Backoff()), Services.MetadataKeys, options, groupOptions);
        Configs = new ConfigAlterations(new TopicConfigAdministration(records, options), groupConfigs, options, _requestTime);
        _leaders = new LeaderWait(Services.Cluster, Services.Follower, options.NodeId);
        ProducerIds = new ProducerIds(Store, Services.MetadataKeys, Backoff());
        _groups = new GroupCoordinator(
            Store,
            Services.MetadataKeys,
            groupOptions,
            new ClusterTopicDirectory(Cluster),
            GroupConfigurations,
            isLedHere: _ => false,
            TimeProvider.System,
            new Random(options.NodeId),
            Services.Metrics.Groups,
            NullLogger<GroupCoordinator>.Instance);
        _dispatcher = new RequestDispatcher(CreateHandlers(), Services.Metrics);
    }

    public IMetadataStore Store { get; }

    public ClusterOptions Options { get; }

    public BrokerServices Services { get; }

    public ClusterState Cluster => Services.Cluster;

    public TopicAdministration Topics { get; }

    public ConfigAlterations Configs { get; }

    public IGroupConfigurations GroupConfigurations { get; }

    public ProducerIds ProducerIds { get; }

    /// <summary>Where false, nobody takes new partitions.</summary>
    public bool Leads { get; init; } = true;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Starts a broker.</summary>
    /// <param name="store">A store that it shares with others; it has its own where there is none.</param>
    /// <param name="options">Its settings; broker 0 where there are none.</param>
    /// <param name="leads">Whether it leads partitions.</param>
    /// <param name="groupOptions">What holds for groups; Kafka's defaults where there are none.</param>
    /// <param name="requestTime">What the deadlines of requests that change topics and configurations go by.</param>
    public static async Task<TestBroker> StartAsync(
        IMetadataStore? store = null, ClusterOptions? options = null, bool leads = true, GroupOptions? groupOptions = null, TimeProvider? requestTime = null)
    {
        options ??= new ClusterOptions { NodeId = 0, LogDirectory = "memory" };
        var broker = new TestBroker(store, options, groupOptions ?? new GroupOptions(), requestTime ?? TimeProvider.System) { Leads = leads };
        await broker.Services.Follower.LoadAsync(Token);
        broker._following = broker.FollowAsync();
        var record = new SessionRecord { BrokerId = broker.Options.NodeId, Host = "broker.test", Port = 9092, Rack = "rack-1" };
        var session = await BrokerSession.RegisterAsync(
            broker.Store,
            broker.Services.MetadataKeys,
            record,
            TimeSpan.FromMinutes(1),
            TimeProvider.System,
            onHeld: null,
            Token);
        await broker.Services.Follower.WaitForRevisionAsync(session.Number, Token);
        broker._session = new LeadingSession(broker.Services, broker._groups, new OwnRecord(record), session);
        if (leads)
        {
            await broker._session.StartAsync(Token);
        }

        return broker;
    }

    /// <summary>Sends a request as a client of a version does, and reads the answer as that client does.</summary>
    public async Task<TResponse> AskAsync<TResponse>(IRequestMessage request, short version)
        where TResponse : class, IResponseMessage, new()
    {
        var handler = Handler(request.ApiKey, version);
        var received = handler.CreateRequest();
        Read(received, Write(request, version), version);
        var context = new RequestContext
        {
            Connection = new ClientConnection("test", "test", "127.0.0.1"),
            ApiKey = request.ApiKey,
            ApiVersion = version,
            CorrelationId = 1,
            ClientId = "test",
        };
        var response = await handler.HandleAsync(context, received, Token);
        return Reread<TResponse>(response, version);
    }

    /// <summary>What a client is told where its request failed for a reason of the broker's.</summary>
    public TResponse? Fail<TResponse>(IRequestMessage request, short version, ErrorCode errorCode)
        where TResponse : class, IResponseMessage, new() =>
        Handler(request.ApiKey, version).CreateErrorResponse(request, errorCode) is { } response ? Reread<TResponse>(response, version) : null;

    /// <summary>What taking new partitions fails with, if anything.</summary>
    public Exception? LeadershipFailure { get; set; }

    public async Task WaitForLeadersAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        if (LeadershipFailure is not null)
        {
            throw LeadershipFailure;
        }

        if (Leads)
        {
            await _leaders.WaitForLeadersAsync(topics, cancellationToken);
        }
    }

    public Task<ErrorCode> MoveAsync(PartitionLog log, long offset, CancellationToken cancellationToken) =>
        _session!.LogStart.MoveAsync(log, offset, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_session is not null)
        {
            await _session.DisposeAsync();
        }

        await _stopping.CancelAsync();
        await _following;
        await _groups.DisposeAsync();
        ProducerIds.Dispose();
        await Services.DisposeAsync();
        _stopping.Dispose();
        if (_ownStore is not null)
        {
            await _ownStore.DisposeAsync();
        }
    }

    private static RetryBackoff Backoff() => new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), TimeProvider.System, new Random(1));

    private static byte[] Write(IMessage message, short version)
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(output);
        message.Write(ref writer, version);
        writer.Complete();
        Assert.Equal(message.Size(version), output.WrittenCount);
        return output.WrittenSpan.ToArray();
    }

    private static void Read(IMessage message, byte[] bytes, short version)
    {
        var reader = new MessageReader(bytes.AsMemory());
        message.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
    }

    private static TResponse Reread<TResponse>(IResponseMessage? response, short version)
        where TResponse : class, IResponseMessage, new()
    {
        Assert.IsType<TResponse>(response);
        var read = new TResponse();
        Read(read, Write(response, version), version);
        return read;
    }

    private IRequestHandler Handler(ApiKey apiKey, short version)
    {
        var handler = _dispatcher.Find((short)apiKey, version);
        Assert.NotNull(handler);
        return handler;
    }

    private IEnumerable<IRequestHandler> CreateHandlers()
    {
        yield return new MetadataHandler(Cluster, new AnnouncedBrokers(Cluster, TimeProvider.System), Topics, Options);
        yield return new CreateTopicsHandler(Topics, Options);
        yield return new DeleteTopicsHandler(Cluster, Topics, new NewsOfCommits(Services.Follower, TimeProvider.System), _requestTime);
        yield return new CreatePartitionsHandler(Topics, _requestTime);
        yield return new DescribeConfigsHandler(Cluster, Options, Services.Options.Groups);
        yield return new AlterConfigsHandler(Configs);
        yield return new IncrementalAlterConfigsHandler(Configs);
        yield return new DescribeClusterHandler(Cluster, Options);
        yield return new DescribeTopicPartitionsHandler(Cluster);
        yield return new DescribeLogDirsHandler(Cluster, Options);
        yield return new DeleteRecordsHandler(Cluster, this, TimeProvider.System);
        yield return new InitProducerIdHandler(ProducerIds, TimeProvider.System);
        yield return new DescribeProducersHandler(Cluster, NullLogger<DescribeProducersHandler>.Instance);
        yield return new ListConfigResourcesHandler(Cluster);
        var appender = new RecordsAppender(Services.AppendBuffer, Services.Backpressure, TimeProvider.System);
        yield return new ProduceHandler(
            Cluster,
            new LeaderHints(Cluster, Options.NodeId),
            new LeadershipMoves(Cluster, new CurrentLeadership(), TimeProvider.System),
            new ProducerLoader(NullLogger<ProducerLoader>.Instance),
            appender,
            new MessageSetAppender(appender, Services.Metrics.Records, TimeProvider.System),
            Services.Backpressure,
            Services.Metrics,
            Services.Tracing,
            TimeProvider.System);
    }

    private async Task FollowAsync()
    {
        try
        {
            await Services.Follower.FollowAsync(_stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}
