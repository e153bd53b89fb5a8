using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator;

/// <summary>Serves <c>/livez</c> and <c>/readyz</c> (the process answers and goes on; also one that waits for the Lease is ready) and <c>/metrics</c>.</summary>
internal sealed class OperatorHttpServer : IAsyncDisposable
{
    private const int MaxConnections = 50;

    private readonly WebApplication _application;

    private OperatorHttpServer(WebApplication application) => _application = application;

    /// <summary>The port that is listened on.</summary>
    public int Port => new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;

    /// <summary>Starts to serve.</summary>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<OperatorHttpServer> StartAsync(
        IPEndPoint address, Func<bool> isAlive, Action<TextWriter> writeMetrics, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = MaxConnections;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(address);
        });
        var application = builder.Build();
        application.UseRouting();
        foreach (var path in (string[])["/healthz", "/livez", "/readyz"])
        {
            application.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], context => AnswerAsync(context, isAlive() ? (200, "ok\n") : (503, "the operator has ended\n")));
        }

        application.MapMethods("/metrics", [HttpMethods.Get], context =>
        {
            using var text = new StringWriter();
            writeMetrics(text);
            return AnswerAsync(context, (200, text.ToString()));
        });
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        return new OperatorHttpServer(application);
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private static Task AnswerAsync(HttpContext context, (int Status, string Body) answer)
    {
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.WriteAsync(answer.Body, context.RequestAborted);
    }
}
