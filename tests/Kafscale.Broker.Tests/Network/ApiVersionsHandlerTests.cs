using Kafscale.Broker.Requests;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Broker.Tests.Network;

public sealed class ApiVersionsHandlerTests
{
    [Fact]
    public async Task It_lists_exactly_the_handlers_in_their_versions()
    {
        ApiVersionsResponse response = await AskAsync(new ApiVersionsRequest(), 0, Handler<FetchRequest, FetchResponse>(), Handler<HeartbeatRequest, HeartbeatResponse>());

        Assert.Equal(
            [
                (ApiKey.Fetch, FetchRequest.MinVersion, ApiCatalog.Get(ApiKey.Fetch).MaxStableVersion),
                (ApiKey.Heartbeat, HeartbeatRequest.MinVersion, ApiCatalog.Get(ApiKey.Heartbeat).MaxStableVersion),
                (ApiKey.ApiVersions, (short)0, (short)4),
            ],
            response.ApiKeys.Select(api => ((ApiKey)api.ApiKey, api.MinVersion, api.MaxVersion)));
    }

    [Fact]
    public async Task Produce_is_listed_from_version_0_for_the_sake_of_librdkafka()
    {
        ApiVersionsResponse response = await AskAsync(new ApiVersionsRequest(), 0, Handler<ProduceRequest, ProduceResponse>());

        ApiVersionsResponse.ApiVersion produce = response.ApiKeys.Single(api => api.ApiKey == (short)ApiKey.Produce);
        Assert.Equal(0, produce.MinVersion);
        Assert.Equal(ApiCatalog.Get(ApiKey.Produce).MaxStableVersion, produce.MaxVersion);
    }

    [Theory]
    [InlineData((short)0)]
    [InlineData((short)1)]
    [InlineData((short)2)]
    [InlineData((short)3)]
    [InlineData((short)4)]
    public async Task Every_version_that_it_lists_of_itself_is_answered(short version)
    {
        ApiVersionsResponse response = await AskAsync(
            new ApiVersionsRequest { ClientSoftwareName = "librdkafka", ClientSoftwareVersion = "2.16.0" }, version);

        Assert.Equal(ErrorCode.None, response.ErrorCode);
        Assert.NotEmpty(response.ApiKeys);
    }

    [Theory]
    [InlineData("", "1")]
    [InlineData("name", "")]
    [InlineData("-name", "1")]
    [InlineData("na me", "1")]
    [InlineData("name", "1.")]
    [InlineData("nämé", "1")]
    public async Task A_client_software_name_that_KIP_511_forbids_is_an_invalid_request(string name, string version)
    {
        ApiVersionsResponse response = await AskAsync(
            new ApiVersionsRequest { ClientSoftwareName = name, ClientSoftwareVersion = version }, 3);

        Assert.Equal(ErrorCode.InvalidRequest, response.ErrorCode);
    }

    [Fact]
    public async Task What_the_client_calls_itself_is_known_to_later_requests()
    {
        (string Name, string Version) seen = default;
        await using var broker = new TestBroker(new TestHandler<HeartbeatRequest, HeartbeatResponse>((context, _, _) =>
        {
            seen = (context.Connection.SoftwareName, context.Connection.SoftwareVersion);
            return new(new HeartbeatResponse());
        }));
        using TestClient client = broker.Connect();

        await client.SendAsync(new ApiVersionsRequest { ClientSoftwareName = "apache-kafka-java", ClientSoftwareVersion = "4.2.0" }, 3, 1);
        await client.ReceiveAsync<ApiVersionsResponse>(3);
        await client.SendAsync(new HeartbeatRequest(), 0, 2);
        await client.ReceiveAsync<HeartbeatResponse>(0);

        Assert.Equal(("apache-kafka-java", "4.2.0"), seen);
    }

    [Fact]
    public void Two_handlers_for_one_api_are_refused() => Assert.Throws<ArgumentException>(
        () => new RequestDispatcher([Handler<FetchRequest, FetchResponse>(), Handler<FetchRequest, FetchResponse>()], new BrokerMetrics(TimeProvider.System)));

    private static TestHandler<TRequest, TResponse> Handler<TRequest, TResponse>()
        where TRequest : class, IRequestMessage, new()
        where TResponse : class, IResponseMessage, new() => new((_, _, _) => new(new TResponse()));

    private static async Task<ApiVersionsResponse> AskAsync(ApiVersionsRequest request, short version, params IRequestHandler[] handlers)
    {
        await using var broker = new TestBroker(handlers);
        using TestClient client = broker.Connect();
        await client.SendAsync(request, version, 1);
        return (await client.ReceiveAsync<ApiVersionsResponse>(version)).Response;
    }
}
