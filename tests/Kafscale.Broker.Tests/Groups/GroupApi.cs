using System.Buffers;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Requests;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Calls the handlers of the group APIs as the network does: every message goes through its bytes.</summary>
internal sealed class GroupApi : ICoordinatorLocator
{
    private readonly Dictionary<ApiKey, IRequestHandler> _handlers;

    public GroupApi(CoordinatorHarness harness)
        : this(harness.Coordinator, harness.Topics, harness.Time)
    {
    }

    public GroupApi(GroupCoordinator coordinator, ITopicDirectory topics, TimeProvider time)
    {
        IRequestHandler[] handlers =
        [
            new FindCoordinatorHandler(this),
            new JoinGroupHandler(coordinator),
            new SyncGroupHandler(coordinator),
            new HeartbeatHandler(coordinator),
            new LeaveGroupHandler(coordinator),
            new OffsetCommitHandler(coordinator, topics, time),
            new OffsetFetchHandler(coordinator, topics),
            new OffsetDeleteHandler(coordinator, topics),
            new ListGroupsHandler(coordinator, time),
            new DescribeGroupsHandler(coordinator),
            new DeleteGroupsHandler(coordinator),
            new ConsumerGroupHeartbeatHandler(coordinator),
            new ConsumerGroupDescribeHandler(coordinator, topics),
        ];
        _handlers = handlers.ToDictionary(handler => handler.ApiKey);
    }

    public CoordinatorEndpoint? Endpoint { get; set; } = new(3, "broker.example", 9094);

    /// <summary>All versions of an API that ApiVersions lists.</summary>
    public static TheoryData<short> Versions(ApiKey apiKey, short from = 0)
    {
        var api = ApiCatalog.Get(apiKey);
        var versions = new TheoryData<short>();
        for (var version = Math.Max(api.MinVersion, from); version <= api.MaxStableVersion; version++)
        {
            versions.Add(version);
        }

        return versions;
    }

    public CoordinatorEndpoint? Locate(string groupId, string listenerName) => Endpoint;

    public async Task<TResponse> CallAsync<TResponse>(IRequestMessage request, short version, CancellationToken endWaiting = default)
        where TResponse : IResponseMessage, new()
    {
        var handler = _handlers[request.ApiKey];
        Assert.InRange(version, handler.MinVersion, handler.MaxVersion);
        var received = handler.CreateRequest();
        Pass(request, received, version);
        var context = new RequestContext
        {
            Connection = new ClientConnection("c", "PLAINTEXT", "10.1.2.3"),
            ApiKey = request.ApiKey,
            ApiVersion = version,
            CorrelationId = 1,
            ClientId = "app",
            EndWaiting = endWaiting,
        };
        var response = await handler.HandleAsync(context, received, CancellationToken.None);
        return Transmit<TResponse>(response!, version);
    }

    /// <summary>What a client reads where the whole request has failed.</summary>
    public TResponse Fail<TResponse>(IRequestMessage request, ErrorCode error, short version)
        where TResponse : IResponseMessage, new() =>
        Transmit<TResponse>(_handlers[request.ApiKey].CreateErrorResponse(request, error)!, version);

    private static TResponse Transmit<TResponse>(IResponseMessage response, short version)
        where TResponse : IResponseMessage, new()
    {
        var read = new TResponse();
        Pass(response, read, version);
        return read;
    }

    private static void Pass(IMessage from, IMessage to, short version)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var writer = new MessageWriter(bytes);
        from.Write(ref writer, version);
        writer.Complete();
        var reader = new MessageReader(bytes.WrittenMemory);
        to.Read(ref reader, version);
        Assert.Equal(0, reader.Remaining);
    }
}
