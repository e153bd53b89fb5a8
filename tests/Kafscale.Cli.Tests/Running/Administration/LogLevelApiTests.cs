using System.Net;
using System.Text.Json;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;
using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Cli.Tests.Running.Administration;

public sealed class LogLevelApiTests : IDisposable
{
    private readonly HttpClient _client = new();
    private readonly LogLevels _levels = new(LogLevel.Information);

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task The_level_can_be_seen_changed_and_reset_while_the_broker_starts()
    {
        await using var server = await StartAsync();

        Assert.Equal("info", await AskAsync(server, HttpMethod.Get, ""));
        Assert.Equal("debug", await AskAsync(server, HttpMethod.Put, "?level=debug"));
        Assert.Equal(LogLevel.Debug, _levels.Level);
        Assert.Equal("debug Kafscale.Broker.Groups=trace", await AskAsync(server, HttpMethod.Put, "?level=trace&category=Kafscale.Broker.Groups"));
        Assert.True(_levels.IsEnabled("Kafscale.Broker.Groups.Group", LogLevel.Trace));
        Assert.Equal("info", await AskAsync(server, HttpMethod.Delete, ""));
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("?level=loud", HttpStatusCode.BadRequest)]
    [InlineData("?level=debug&level=info", HttpStatusCode.BadRequest)]
    public async Task A_level_that_there_is_not_is_refused(string query, HttpStatusCode expected)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, AddressOf(server, query));
        using var response = await _client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(LogLevel.Information, _levels.Level);
    }

    [Fact]
    public async Task A_web_page_may_not_change_it()
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Put, AddressOf(server, "?level=trace"));
        request.Headers.Add("Origin", "https://elsewhere.example");
        using var response = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        Assert.Equal(LogLevel.Information, _levels.Level);
    }

    private static Uri AddressOf(AdminHttpServer server, string query) => new($"http://{server.Listener}/admin/log-level{query}");

    private Task<AdminHttpServer> StartAsync() => AdminHttpServer.StartAsync(
        new ListenAddress("127.0.0.1", 0), new Readiness(), (_, _) => { }, _levels, NullLoggerFactory.Instance, CancellationToken.None);

    private async Task<string> AskAsync(AdminHttpServer server, HttpMethod method, string query)
    {
        using var request = new HttpRequestMessage(method, AddressOf(server, query));
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var categories = answer.RootElement.GetProperty("categories").EnumerateObject().Select(category => $" {category.Name}={category.Value.GetString()}");
        return answer.RootElement.GetProperty("level").GetString() + string.Concat(categories);
    }
}
