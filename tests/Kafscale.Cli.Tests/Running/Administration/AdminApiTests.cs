using System.Net;
using System.Text.Json;
using Kafscale.Broker.Administration;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;
using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Storage.ObjectStores;
using Kafscale.Testing;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Cli.Tests.Running.Administration;

public sealed class AdminApiTests : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly Readiness _readiness = new();
    private readonly LogLevels _logLevels = new(LogLevel.Information);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_description_has_every_route_and_no_other()
    {
        await using var server = await StartAsync();

        var routes =
            from route in server.Routes
            from method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods
            where method != "HEAD"
            select $"{method} {route.RoutePattern.RawText}";

        Assert.Equal((await DescriptionAsync(server)).Operations.Order(), routes.Order());
    }

    [Theory]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("GET", "/livez", 200)]
    [InlineData("GET", "/readyz", 200)]
    [InlineData("GET", "/metrics", 200)]
    [InlineData("GET", "/openapi.json", 200)]
    [InlineData("GET", "/admin/status", 200)]
    [InlineData("POST", "/admin/drain", 200)]
    [InlineData("DELETE", "/admin/drain", 200)]
    [InlineData("POST", "/admin/flush", 200)]
    [InlineData("GET", "/admin/log-level", 200)]
    [InlineData("PUT", "/admin/log-level?level=debug", 200)]
    [InlineData("PUT", "/admin/log-level?level=loud", 400)]
    [InlineData("DELETE", "/admin/log-level", 200)]
    [InlineData("GET", "/admin/topics", 200)]
    [InlineData("GET", "/admin/topics?after=orders&limit=10", 200)]
    [InlineData("GET", "/admin/topics?limit=0", 400)]
    [InlineData("GET", "/admin/groups", 200)]
    [InlineData("GET", "/admin/groups?after=billing&limit=10000", 200)]
    [InlineData("GET", "/admin/groups?limit=none", 400)]
    [InlineData("GET", "/admin/groups?limit=0", 400)]
    [InlineData("GET", "/admin/groups?limit=10001", 400)]
    [InlineData("GET", "/admin/topics/orders", 200)]
    [InlineData("GET", "/admin/topics/none", 404)]
    [InlineData("GET", "/admin/topics/orders/partitions/0/objects", 200)]
    [InlineData("GET", "/admin/topics/orders/partitions/0/objects?from=7&limit=1000", 200)]
    [InlineData("GET", "/admin/topics/orders/partitions/0/objects?from=-1", 400)]
    [InlineData("GET", "/admin/topics/orders/partitions/0/objects?limit=1001", 400)]
    [InlineData("GET", "/admin/topics/orders/partitions/1/objects", 404)]
    [InlineData("GET", "/admin/topics/orders/partitions/x/objects", 404)]
    public async Task Every_answer_is_as_it_is_described(string method, string path, int status)
    {
        _readiness.Started(new ScriptedBroker());
        await using var server = await StartAsync();

        await AssertAnswersAsync(server, method, path, status);
    }

    [Theory]
    [InlineData("GET", "/admin/status")]
    [InlineData("POST", "/admin/drain")]
    [InlineData("DELETE", "/admin/drain")]
    [InlineData("POST", "/admin/flush")]
    [InlineData("GET", "/admin/topics")]
    [InlineData("GET", "/admin/groups")]
    public async Task A_broker_that_is_starting_does_nothing_for_an_operator(string method, string path)
    {
        await using var server = await StartAsync();

        Assert.Equal("The broker is starting.", await AssertAnswersAsync(server, method, path, 503));
    }

    [Theory]
    [InlineData(DrainOutcome.NobodyTakesOver, 409, "No other live broker takes leadership")]
    [InlineData(DrainOutcome.Unfinished, 503, "3 partitions and 50 group shards are not handed over yet.")]
    public async Task A_drain_that_comes_to_nothing_says_why(DrainOutcome outcome, int status, string reason)
    {
        _readiness.Started(new ScriptedBroker { OnDrain = () => Task.FromResult(outcome) });
        await using var server = await StartAsync();

        Assert.Contains(reason, await AssertAnswersAsync(server, "POST", "/admin/drain", status), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_drain_without_a_session_or_a_metadata_store_says_so()
    {
        _readiness.Started(new ScriptedBroker
        {
            OnDrain = () => throw new SessionLostException(1),
            OnEndDrain = () => throw new MetadataUnavailableException("It hangs."),
        });
        await using var server = await StartAsync();

        Assert.Contains("session has just ended", await AssertAnswersAsync(server, "POST", "/admin/drain", 503), StringComparison.Ordinal);
        Assert.Contains("It hangs.", await AssertAnswersAsync(server, "DELETE", "/admin/drain", 503), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flush_that_did_not_commit_everything_is_an_error()
    {
        _readiness.Started(new ScriptedBroker { OnFlush = () => Task.FromResult(false) });
        await using var server = await StartAsync();

        Assert.Contains("Not everything", await AssertAnswersAsync(server, "POST", "/admin/flush", 503), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_whose_list_cannot_be_read_are_told_to_be_so()
    {
        _readiness.Started(new ScriptedBroker { OnFindObjects = () => throw new ObjectStoreException(ObjectStoreFailure.Unavailable, "It hangs.") });
        await using var server = await StartAsync();

        Assert.Contains("It hangs.", await AssertAnswersAsync(server, "GET", "/admin/topics/orders/partitions/0/objects", 503), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Origin", "https://elsewhere.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 403)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    public async Task Web_pages_are_refused(string header, string value, int status)
    {
        var drains = 0;
        _readiness.Started(new ScriptedBroker
        {
            OnDrain = () =>
            {
                drains++;
                return Task.FromResult(DrainOutcome.Drained);
            },
        });
        await using var server = await StartAsync();

        await AssertAnswersAsync(server, "POST", "/admin/drain", status, (header, value));

        Assert.Equal(status == 200 ? 1 : 0, drains);
    }

    [Fact]
    public async Task Other_methods_and_paths_are_problems()
    {
        await using var server = await StartAsync();

        using var method = await SendAsync(server, "GET", "/admin/flush");
        using var path = await SendAsync(server, "POST", "/admin/nothing");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, method.StatusCode);
        Assert.Equal("POST", Assert.Single(method.Content.Headers.Allow));
        Assert.Equal("application/problem+json", method.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotFound, path.StatusCode);
        Assert.Equal("application/problem+json", path.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task A_real_broker_answers_as_it_is_described()
    {
        await using var broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument]);
        using var text = JsonDocument.Parse(await _client.GetStringAsync(new Uri(broker.HttpAddress, "/openapi.json")));
        var description = new OpenApi(text.RootElement);

        foreach (var (method, path, status) in ((string, string, int)[])
            [
                ("GET", "/admin/status", 200), ("POST", "/admin/flush", 200), ("POST", "/admin/drain", 409), ("DELETE", "/admin/drain", 200),
                ("GET", "/readyz", 200), ("GET", "/metrics", 200), ("GET", "/admin/topics", 200), ("GET", "/admin/topics/none", 404),
            ])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(broker.HttpAddress, path));
            using var response = await _client.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            Assert.Equal(status, (int)response.StatusCode);
            Assert.Empty(description.Check(method, path, status, response.Content.Headers.ContentType?.MediaType, body));
        }

        using var answer = JsonDocument.Parse(await _client.GetStringAsync(new Uri(broker.HttpAddress, "/admin/status")));
        var state = answer.RootElement;
        Assert.True(state.GetProperty("isController").GetBoolean());
        Assert.True(state.GetProperty("session").GetProperty("isAlive").GetBoolean());
        Assert.False(state.GetProperty("isDraining").GetBoolean());
        Assert.Equal(50, state.GetProperty("leaders").GetProperty("groupShardsLed").GetInt32());
        Assert.Equal(broker.Port, state.GetProperty("brokers")[0].GetProperty("port").GetInt32());
        Assert.Equal("healthy", state.GetProperty("objectStore").GetProperty("state").GetString());
    }

    private Task<AdminHttpServer> StartAsync() => AdminHttpServer.StartAsync(
        new ListenAddress("127.0.0.1", 0), _readiness, (writer, format) => writer.Write($"a_metric_in_{format} 1\n"), _logLevels, NullLoggerFactory.Instance, CancellationToken.None);

    private async Task<OpenApi> DescriptionAsync(AdminHttpServer server)
    {
        using var text = JsonDocument.Parse(await _client.GetStringAsync(new Uri($"http://{server.Listener}/openapi.json")));
        Assert.Equal("3.1.0", text.RootElement.GetProperty("openapi").GetString());
        return new OpenApi(text.RootElement.Clone());
    }

    // The detail, where it is a problem.
    private async Task<string> AssertAnswersAsync(
        AdminHttpServer server, string method, string path, int status, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(server, method, path, headers);
        var body = await response.Content.ReadAsStringAsync();
        var contentType = response.Content.Headers.ContentType?.MediaType;

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Empty((await DescriptionAsync(server)).Check(method, path, status, contentType, body));
        if (contentType != "application/problem+json")
        {
            return "";
        }

        using var problem = JsonDocument.Parse(body);
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        return problem.RootElement.GetProperty("detail").GetString()!;
    }

    private async Task<HttpResponseMessage> SendAsync(AdminHttpServer server, string method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri($"http://{server.Listener}{path}"));
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await _client.SendAsync(request);
    }
}
