using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>Says what reaches it, and answers every request with the body that it got.</summary>
internal sealed class RecordingHttpServer : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();

    private RecordingHttpServer()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(HandleAsync);
    }

    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>How many requests have come and were not asked for yet.</summary>
    public int WaitingCount => _received.Reader.Count;

    public static async Task<RecordingHttpServer> StartAsync()
    {
        var server = new RecordingHttpServer();
        await server._application.StartAsync();
        return server;
    }

    /// <summary>The next request, when its body has come or can come no more.</summary>
    public async Task<Received> NextAsync() => await _received.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20));

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        using var body = new MemoryStream();
        var isWhole = true;
        try
        {
            await request.Body.CopyToAsync(body);
        }
        catch (IOException)
        {
            isWhole = false;
        }

        var headers = request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString());
        _received.Writer.TryWrite(new Received(
            request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, headers, body.ToArray(), isWhole));
        context.Response.ContentLength = body.Length;
        context.Response.Headers["x-answered"] = "yes";
        if (isWhole && !HttpMethods.IsHead(request.Method))
        {
            await context.Response.Body.WriteAsync(body.ToArray());
        }
    }

    internal sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool IsWhole);
}
