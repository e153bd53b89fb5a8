using System.Net;
using Kafscale.Broker.Network;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kafscale.Testing;

/// <summary>
/// A reverse proxy on loopback in front of an S3 server, whose faults can be switched while it runs. It forwards method, path,
/// Host header, other headers and body as they came, so that signatures stay valid.
/// </summary>
public sealed class FaultProxy : IAsyncDisposable
{
    private static readonly string[] HeadersOfOneHop = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host"];

    private readonly Uri _server;
    private readonly Random _random;
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        AutomaticDecompression = DecompressionMethods.None,
    });

    private readonly CancellationTokenSource _ending = new();
    private readonly Lock _lock = new();
    private readonly List<ProxiedRequest> _requests = [];
    private ProxyFault[] _faults = [];
    private WebApplication? _application;

    private FaultProxy(Uri server, int seed)
    {
        _server = server;
        _random = new Random(seed);
        Address = new Uri($"http://127.0.0.1:{FreePort.Next()}");
    }

    /// <summary>Where clients connect instead of to the server.</summary>
    public Uri Address { get; }

    /// <summary>All requests so far, in the order in which they came.</summary>
    public IReadOnlyList<ProxiedRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Starts a proxy without faults.</summary>
    /// <param name="server">What it stands in front of.</param>
    /// <param name="seed">Decides which requests a fault that happens to a share of them happens to, and how long waits are.</param>
    public static async Task<FaultProxy> StartAsync(Uri server, int seed = 1)
    {
        var proxy = new FaultProxy(server, seed);
        await proxy.ListenAsync();
        return proxy;
    }

    /// <summary>What goes wrong from now on, in place of what did up to now: the first that fits a request happens to it. None: nothing does.</summary>
    public void Use(params ProxyFault[] faults)
    {
        lock (_lock)
        {
            _faults = faults;
        }
    }

    /// <summary>How many requests have asked for an operation and have this in their path.</summary>
    public int Count(ProxiedOperation operation, string pathPart = "") =>
        Requests.Count(request => request.Operation == operation && request.Path.Contains(pathPart, StringComparison.Ordinal));

    /// <summary>Loses all connections and refuses new ones.</summary>
    public async Task StopListeningAsync()
    {
        if (_application is { } application)
        {
            _application = null;
            await application.StopAsync(new CancellationToken(canceled: true));
            await application.DisposeAsync();
        }
    }

    /// <summary>Takes connections again after <see cref="StopListeningAsync"/>.</summary>
    public async Task ListenAsync()
    {
        // The empty builder reads no file and no environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MaxRequestBufferSize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Listen(IPAddress.Loopback, Address.Port);
        });
        var application = builder.Build();
        application.Run(HandleAsync);
        await application.StartAsync();
        _application = application;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await StopListeningAsync();
        _client.Dispose();
        _ending.Dispose();
    }

    private static ProxiedOperation OperationOf(HttpRequest request) => request.Method switch
    {
        "PUT" => ProxiedOperation.Put,
        "HEAD" => ProxiedOperation.Head,
        "DELETE" => ProxiedOperation.Delete,
        "POST" when request.Query.ContainsKey("delete") => ProxiedOperation.Delete,
        "GET" when request.Query.ContainsKey("list-type") => ProxiedOperation.List,
        "GET" => ProxiedOperation.Get,
        _ => ProxiedOperation.Other,
    };

    private async Task HandleAsync(HttpContext context)
    {
        var (fault, wait) = Choose(context);
        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        try
        {
            switch (fault?.Kind)
            {
                case ProxyFaultKind.SlowDown:
                    await RefuseAsync(context, givenUp.Token);
                    break;
                case ProxyFaultKind.Hang:
                    await Task.Delay(Timeout.InfiniteTimeSpan, givenUp.Token);
                    break;
                case ProxyFaultKind.Delay:
                    await Task.Delay(wait, givenUp.Token);
                    await ForwardAsync(context, context.Request.Body, () => Task.CompletedTask, givenUp.Token);
                    break;
                case ProxyFaultKind.AnswerLate:
                    await ForwardAsync(context, context.Request.Body, () => Task.Delay(wait, _ending.Token), _ending.Token);
                    break;
                case ProxyFaultKind.ApplyLate:
                    using (var body = new MemoryStream())
                    {
                        await context.Request.Body.CopyToAsync(body, givenUp.Token);
                        body.Position = 0;
                        await Task.Delay(wait, _ending.Token);
                        await ForwardAsync(context, body, () => Task.CompletedTask, _ending.Token);
                    }

                    break;
                case ProxyFaultKind.CutRequest:
                    if (context.Request.ContentLength is > 0 and var length)
                    {
                        await ForwardAsync(context, new CutStream(context.Request.Body, length / 2), () => Task.CompletedTask, givenUp.Token);
                    }

                    context.Abort();
                    break;
                case ProxyFaultKind.CutResponse:
                    await ForwardAsync(context, context.Request.Body, () => Task.CompletedTask, givenUp.Token, isCut: true);
                    break;
                default:
                    await ForwardAsync(context, context.Request.Body, () => Task.CompletedTask, givenUp.Token);
                    break;
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or HttpRequestException)
        {
            // One side is gone: the other one shall see the same.
            context.Abort();
        }
    }

    private (ProxyFault? Fault, TimeSpan Wait) Choose(HttpContext context)
    {
        var operation = OperationOf(context.Request);
        var path = context.Request.Path.Value ?? "";
        lock (_lock)
        {
            var fault = Array.Find(
                _faults,
                one => (one.Operation is null || one.Operation == operation)
                    && path.Contains(one.PathPart, StringComparison.Ordinal)
                    && (one.Share >= 1 || _random.NextDouble() < one.Share));
            _requests.Add(new ProxiedRequest(operation, path, fault?.Kind));
            return (fault, fault is null ? TimeSpan.Zero : WaitOf(fault));
        }
    }

    private TimeSpan WaitOf(ProxyFault fault)
    {
        if (fault.P99 <= fault.Duration)
        {
            return fault.Duration;
        }

        // The logarithm is normal; its 99th percentile is 2.326 deviations above its mean.
        var deviation = Math.Log(fault.P99 / fault.Duration) / 2.326;
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return fault.Duration * Math.Exp(deviation * normal);
    }

    private static async Task RefuseAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync("<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>", cancellationToken);
    }

    private async Task ForwardAsync(HttpContext context, Stream body, Func<Task> beforeAnswer, CancellationToken cancellationToken, bool isCut = false)
    {
        using var request = ToForwarded(context, body);
        using var response = await _client.SendAsync(request, cancellationToken);
        await beforeAnswer();
        if (context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers))
        {
            if (!HeadersOfOneHop.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }

        var answer = await response.Content.ReadAsStreamAsync(cancellationToken);
        if (isCut)
        {
            var length = HttpMethods.IsHead(context.Request.Method) ? 0 : response.Content.Headers.ContentLength ?? 0;
            if (length > 1)
            {
                await new CutStream(answer, length / 2).CopyUntilCutAsync(context.Response.Body, cancellationToken);
                await context.Response.Body.FlushAsync(cancellationToken);
            }

            context.Abort();
            return;
        }

        await answer.CopyToAsync(context.Response.Body, cancellationToken);
    }

    private HttpRequestMessage ToForwarded(HttpContext context, Stream body)
    {
        // As it was sent: the signature is over its bytes.
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var uri = new Uri($"{_server.Scheme}://{_server.Authority}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), uri);
        if (context.Request.ContentLength is not null || context.Request.Headers.TransferEncoding.Count > 0)
        {
            request.Content = new StreamContent(body);
        }

        foreach (var (name, values) in context.Request.Headers)
        {
            if (!HeadersOfOneHop.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
            }
        }

        request.Headers.Host = context.Request.Host.Value;
        return request;
    }
}
