using System.Net;
using System.Net.Sockets;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Network;
using Kafscale.Broker.Telemetry;
using Kafscale.Cli.Running.Administration;
using Kafscale.Cli.Running.Logs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>
/// Serves <c>/healthz</c> and <c>/livez</c> (the process answers), <c>/readyz</c> (clients may be sent here; otherwise
/// 503 and the reasons, a line each), <c>/metrics</c> (Prometheus text, or OpenMetrics for whoever accepts it), what <see cref="AdminApi"/> has, and
/// <c>/openapi.json</c>, which describes all of it.
/// </summary>
internal sealed class AdminHttpServer : IAsyncDisposable
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string OpenMetricsText = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private const string PrometheusText = "text/plain; version=0.0.4; charset=utf-8";

    private const long MaxPageRequestBytes = 2 << 20;

    private const string Json = "application/json; charset=utf-8";

    private static readonly string[] ReadMethods = [HttpMethods.Get, HttpMethods.Head];

    private readonly WebApplication _application;
    private volatile RequestDelegate? _pages;

    private AdminHttpServer(WebApplication application, ListenAddress listener)
    {
        _application = application;
        Listener = listener;
    }

    /// <summary>Answers what is asked for under all other paths; null: nobody does.</summary>
    public RequestDelegate? Pages
    {
        get => _pages;
        set => _pages = value;
    }

    /// <summary>Where it is served, with the port that the listener is bound to.</summary>
    public ListenAddress Listener { get; }

    /// <summary>Starts to serve.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="readiness">The broker, once it is there, and whether clients may be sent to it.</param>
    /// <param name="writeMetrics">Writes all metrics.</param>
    /// <param name="logLevels">What is logged, to be changed.</param>
    /// <param name="loggerFactory">Takes the web server's logs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="StartFailedException">The address cannot be listened on.</exception>
    public static async Task<AdminHttpServer> StartAsync(
        ListenAddress address,
        Readiness readiness,
        Action<TextWriter, PrometheusFormat> writeMetrics,
        LogLevels logLevels,
        ILoggerFactory loggerFactory,
        CancellationToken cancellationToken)
    {
        var endPoint = await ResolveAsync(address, cancellationToken);

        // The empty builder reads no file and no environment: what this server does is said here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggerFactory);
        builder.Services.AddSingleton<IHostLifetime, NoHostLifetime>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxConcurrentConnections = 100;
            options.Limits.MaxRequestBodySize = 0;
            options.Listen(endPoint);
        });
        var application = builder.Build();
        AdminHttpServer? server = null;
        application.Use(HttpProblems.DescribeAsync);
        application.UseRouting();
        application.Use((context, next) => context.GetEndpoint() is null && server?.Pages is { } pages ? HandOverAsync(context, pages) : next(context));
        application.MapMethods("/healthz", ReadMethods, context => WriteAsync(context, StatusCodes.Status200OK, PlainText, "ok\n"));
        application.MapMethods("/livez", ReadMethods, context => WriteAsync(context, StatusCodes.Status200OK, PlainText, "ok\n"));
        application.MapMethods("/readyz", ReadMethods, context => WriteReadinessAsync(context, readiness.NotReadyReasons));
        application.MapMethods("/metrics", ReadMethods, context => WriteMetricsAsync(context, writeMetrics));

        new AdminApi(readiness).MapTo(application);
        new LogLevelApi(logLevels).MapTo(application);
        application.MapMethods("/openapi.json", ReadMethods, context => WriteAsync(context, StatusCodes.Status200OK, Json, OpenApiDocument.Read()));

        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception e)
        {
            await application.DisposeAsync();
            ListenErrors.ThrowIfAboutAddress(e, "metrics.addr", address);
            throw;
        }

        var bound = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return server = new AdminHttpServer(application, address with { Port = new Uri(bound).Port });
    }

    /// <summary>The routes that are served.</summary>
    public IEnumerable<RouteEndpoint> Routes => ((IEndpointRouteBuilder)_application).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>();

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    // What operators ask for has no body; what a page sends has.
    private static Task HandOverAsync(HttpContext context, RequestDelegate pages)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MaxPageRequestBytes;
        }

        return pages(context);
    }

    private static async Task<IPEndPoint> ResolveAsync(ListenAddress address, CancellationToken cancellationToken)
    {
        try
        {
            return await address.ResolveAsync(cancellationToken);
        }
        catch (SocketException e)
        {
            ListenErrors.ThrowIfAboutAddress(e, "metrics.addr", address);
            throw;
        }
    }

    private static Task WriteReadinessAsync(HttpContext context, IReadOnlyList<string> notReadyReasons) =>
        notReadyReasons.Count == 0
            ? WriteAsync(context, StatusCodes.Status200OK, PlainText, "ok\n")
            : WriteAsync(context, StatusCodes.Status503ServiceUnavailable, PlainText, string.Join('\n', notReadyReasons) + "\n");

    private static Task WriteMetricsAsync(HttpContext context, Action<TextWriter, PrometheusFormat> writeMetrics)
    {
        var format = AcceptsOpenMetrics(context.Request) ? PrometheusFormat.OpenMetrics : PrometheusFormat.Text;
        using var text = new StringWriter();
        writeMetrics(text, format);
        return WriteAsync(context, StatusCodes.Status200OK, format == PrometheusFormat.OpenMetrics ? OpenMetricsText : PrometheusText, text.ToString());
    }

    // Whoever knows it prefers it, and lists it with its version.
    private static bool AcceptsOpenMetrics(HttpRequest request) =>
        request.GetTypedHeaders().Accept.Any(type => type.MediaType == "application/openmetrics-text" && type.Quality is null or > 0
            && type.Parameters.All(parameter => parameter.Name != "version" || parameter.Value == "1.0.0"));

    private static Task WriteAsync(HttpContext context, int statusCode, string contentType, string body)
    {
        context.Response.StatusCode = statusCode;
        context.Response.ContentType = contentType;
        context.Response.Headers.CacheControl = "no-store";
        return HttpMethods.IsHead(context.Request.Method)
            ? Task.CompletedTask
            : context.Response.WriteAsync(body, context.RequestAborted);
    }
}
