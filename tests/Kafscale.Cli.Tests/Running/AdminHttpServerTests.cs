using System.Net;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Running;
using Kafscale.Cli.Running.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Cli.Tests.Running;

public sealed class AdminHttpServerTests : IDisposable
{
    private static readonly ListenAddress FreeAddress = new("127.0.0.1", 0);

    private readonly HttpClient _client = new();
    private readonly Readiness _readiness = new();
    private readonly LogLevels _logLevels = new(LogLevel.Information);

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("/healthz")]
    [InlineData("/livez")]
    public async Task The_process_is_alive_though_it_is_not_ready(string path)
    {
        await using var server = await StartAsync();

        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(server, path));
    }

    [Fact]
    public async Task Readiness_follows_the_reasons()
    {
        await using var server = await StartAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The broker is starting.\n"), await GetAsync(server, "/readyz"));

        _readiness.Waiting("The metadata store has to answer.");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "The broker is starting.\nThe metadata store has to answer.\n"), await GetAsync(server, "/readyz"));

        _readiness.Started(new ScriptedBroker());
        Assert.Equal((HttpStatusCode.OK, "ok\n"), await GetAsync(server, "/readyz"));

        _readiness.Started(new ScriptedBroker { NotReadyReasons = ["The session is lost.", "The object store does not answer."] });
        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "The session is lost.\nThe object store does not answer.\n"),
            await GetAsync(server, "/readyz"));
    }

    [Fact]
    public async Task Metrics_are_plain_text_of_the_version_that_Prometheus_knows()
    {
        await using var server = await StartAsync();

        using var response = await _client.GetAsync(new Uri($"http://{server.Listener}/metrics"));

        Assert.Equal("a_metric_in_Text 1\n", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
    }

    // The first is what Prometheus 2.42 sends.
    [Theory]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("application/openmetrics-text", true)]
    [InlineData("application/openmetrics-text;version=0.0.1", false)]
    [InlineData("application/openmetrics-text;q=0, text/plain", false)]
    [InlineData("*/*", false)]
    public async Task Metrics_are_OpenMetrics_for_whoever_accepts_it(string accept, bool isAccepted)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{server.Listener}/metrics"));
        Assert.True(request.Headers.TryAddWithoutValidation("Accept", accept));

        using var response = await _client.SendAsync(request);

        Assert.Equal(isAccepted ? "a_metric_in_OpenMetrics 1\n" : "a_metric_in_Text 1\n", await response.Content.ReadAsStringAsync());
        Assert.Equal(isAccepted ? "application/openmetrics-text" : "text/plain", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task Other_paths_and_methods_are_refused()
    {
        await using var server = await StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(server, "/")).Status);
        using var posted = await _client.PostAsync(new Uri($"http://{server.Listener}/readyz"), content: null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, posted.StatusCode);
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_its_setting()
    {
        await using var server = await StartAsync();

        var failure = await Assert.ThrowsAsync<StartFailedException>(() => StartAsync(server.Listener));

        Assert.Equal($"{server.Listener} (metrics.addr) is in use by another process.", failure.Message);
    }

    private Task<AdminHttpServer> StartAsync(ListenAddress? address = null) => AdminHttpServer.StartAsync(
        address ?? FreeAddress, _readiness, (writer, format) => writer.Write($"a_metric_in_{format} 1\n"), _logLevels, NullLoggerFactory.Instance, CancellationToken.None);

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(AdminHttpServer server, string path)
    {
        using var response = await _client.GetAsync(new Uri($"http://{server.Listener}{path}"));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
