using System.Net;
using System.Net.Sockets;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>The faults are what their names say: what is shown with them rests on it.</summary>
public sealed class FaultProxyTests : IAsyncLifetime
{
    private const int BodyBytes = 400_000;

    private static readonly TimeSpan ShortPatience = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _client = new();
    private RecordingHttpServer _server = null!;
    private FaultProxy _proxy = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await RecordingHttpServer.StartAsync();
        _proxy = await FaultProxy.StartAsync(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_is_sent_arrives_as_it_was_and_so_does_the_answer()
    {
        const string Target = "/bucket/a%2Fb%20c/%C3%A4+~%7E?x-id=PutObject&empty=";
        using var request = new HttpRequestMessage(
            HttpMethod.Put, new Uri(_proxy.Address.OriginalString + Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }))
        {
            Content = new ByteArrayContent(Body()),
        };
        request.Headers.TryAddWithoutValidation("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x-amz-date, Signature=00");
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        request.Headers.TryAddWithoutValidation("x-amz-date", "20250101T000000Z");

        using var response = await _client.SendAsync(request);

        var received = await _server.NextAsync();
        Assert.Equal("PUT", received.Method);
        Assert.Equal(Target, received.Target);
        Assert.Equal(_proxy.Address.Authority, received.Headers["Host"]);
        Assert.Equal($"{BodyBytes}", received.Headers["Content-Length"]);
        Assert.Equal("AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host;x-amz-date, Signature=00", received.Headers["Authorization"]);
        Assert.Equal("*", received.Headers["If-None-Match"]);
        Assert.Equal(Body(), received.Body);
        Assert.Equal("yes", Assert.Single(response.Headers.GetValues("x-answered")));
        Assert.Equal(Body(), await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task A_slow_down_happens_to_the_share_the_operation_and_the_keys_that_it_is_for()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.SlowDown) { Operation = ProxiedOperation.Put, PathPart = "/wal/", Share = 0.3 });

        var refused = 0;
        for (var i = 0; i < 200; i++)
        {
            refused += await PutAsync("/bucket/wal/1") == HttpStatusCode.ServiceUnavailable ? 1 : 0;
        }

        Assert.InRange(refused, 40, 80);
        Assert.Equal(200 - refused, _server.WaitingCount);
        Assert.Equal(200, _proxy.Count(ProxiedOperation.Put, "/wal/"));
        Assert.Equal(refused, _proxy.Requests.Count(request => request.Fault == ProxyFaultKind.SlowDown));
        Assert.Equal(HttpStatusCode.OK, await PutAsync("/bucket/meta/1"));
        using var read = await _client.GetAsync(new Uri(_proxy.Address, "/bucket/wal/1"));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task A_request_that_hangs_has_no_answer_and_no_effect()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.Hang));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync("/bucket/a", ShortPatience));

        Assert.Equal(0, _server.WaitingCount);
    }

    [Fact]
    public async Task A_late_answer_is_to_a_request_that_had_its_effect_in_time()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.AnswerLate) { Duration = TimeSpan.FromMinutes(1) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync("/bucket/a", ShortPatience));

        Assert.Equal(Body(), (await _server.NextAsync()).Body);
    }

    [Fact]
    public async Task A_request_that_is_applied_late_has_its_effect_after_the_client_gave_up()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.ApplyLate) { Duration = TimeSpan.FromSeconds(1) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PutAsync("/bucket/a", ShortPatience));

        Assert.Equal(0, _server.WaitingCount);
        Assert.Equal(Body(), (await _server.NextAsync()).Body);
    }

    [Fact]
    public async Task A_delayed_request_is_answered()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.Delay) { Duration = TimeSpan.FromMilliseconds(20), P99 = TimeSpan.FromMilliseconds(60) });

        Assert.Equal(HttpStatusCode.OK, await PutAsync("/bucket/a"));
    }

    [Fact]
    public async Task A_cut_request_arrives_in_part_and_fails_for_the_client()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.CutRequest));

        await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync("/bucket/a"));

        var received = await _server.NextAsync();
        Assert.False(received.IsWhole);
        Assert.InRange(received.Body.Length, 0, BodyBytes / 2);
    }

    [Fact]
    public async Task A_cut_answer_comes_in_part_from_a_request_that_had_its_effect()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.CutResponse));
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(_proxy.Address, "/bucket/a")) { Content = new ByteArrayContent(Body()) };
        using var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(BodyBytes, response.Content.Headers.ContentLength);

        await Assert.ThrowsAnyAsync<Exception>(() => response.Content.ReadAsByteArrayAsync());

        Assert.True((await _server.NextAsync()).IsWhole);
    }

    [Fact]
    public async Task A_stopped_proxy_refuses_connections_and_takes_them_again_at_the_same_address()
    {
        Assert.Equal(HttpStatusCode.OK, await PutAsync("/bucket/a"));

        await _proxy.StopListeningAsync();
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => PutAsync("/bucket/a"));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);
        await _proxy.ListenAsync();

        Assert.Equal(HttpStatusCode.OK, await PutAsync("/bucket/a"));
    }

    [Fact]
    public async Task Faults_end_when_others_are_chosen()
    {
        _proxy.Use(new ProxyFault(ProxyFaultKind.SlowDown));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await PutAsync("/bucket/a"));

        _proxy.Use();

        Assert.Equal(HttpStatusCode.OK, await PutAsync("/bucket/a"));
    }

    private static byte[] Body() => [.. Enumerable.Range(0, BodyBytes).Select(index => (byte)(index * 31))];

    private async Task<HttpStatusCode> PutAsync(string path, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? TimeSpan.FromSeconds(20));
        using var content = new ByteArrayContent(Body());
        using var response = await _client.PutAsync(new Uri(_proxy.Address, path), content, deadline.Token);
        return response.StatusCode;
    }
}
