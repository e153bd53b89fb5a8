using System.Net;
using Kafscale.Console.Administration;
using Kafscale.Console.Api;
using Kafscale.Console.Cluster;
using Kafscale.Console.Components;
using Kafscale.Console.Messages;
using Kafscale.Console.Security;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kafscale.Console;

/// <summary>The console: its pages and its API, at an address of its own or within another server of the process.</summary>
internal sealed class ConsoleServer : IAsyncDisposable
{
    private const int MaxMessageBytes = 2 << 20;

    private static readonly TimeSpan SignInDuration = TimeSpan.FromHours(12);

    private readonly WebApplication _application;
    private readonly MountedServer? _mounted;

    private ConsoleServer(WebApplication application, MountedServer? mounted)
    {
        _application = application;
        _mounted = mounted;
    }

    /// <summary>Where it listens; null where it is mounted.</summary>
    public Uri? Address { get; private init; }

    /// <summary>Serves the console at an address.</summary>
    /// <param name="endPoint">The address; port 0 has the system choose one.</param>
    /// <param name="options">What the console is told.</param>
    /// <param name="links">Sign browsers in without a password; null: none do.</param>
    /// <param name="loggerFactory">Takes what happens.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">The address cannot be listened on.</exception>
    public static async Task<ConsoleServer> ListenAsync(
        IPEndPoint endPoint, ConsoleOptions options, SignInLinks? links, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var builder = CreateBuilder(options, links, loggerFactory, timeProvider);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = 1000;
            kestrel.Limits.MaxConcurrentUpgradedConnections = 1000;
            kestrel.Limits.MaxRequestBodySize = MaxMessageBytes;
            kestrel.Listen(endPoint);
        });
        var application = await StartAsync(builder, cancellationToken);
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new ConsoleServer(application, null) { Address = new Uri(address) };
    }

    /// <summary>Makes a console that listens to nothing: <see cref="HandleAsync"/> hands it requests.</summary>
    /// <param name="options">What the console is told.</param>
    /// <param name="links">Sign browsers in without a password.</param>
    /// <param name="loggerFactory">Takes what happens.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ConsoleServer> MountAsync(
        ConsoleOptions options, SignInLinks links, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var mounted = new MountedServer();
        var builder = CreateBuilder(options, links, loggerFactory, timeProvider);
        builder.Services.AddSingleton<IServer>(mounted);
        return new ConsoleServer(await StartAsync(builder, cancellationToken), mounted);
    }

    /// <summary>Answers a request that the other server has taken.</summary>
    public Task HandleAsync(HttpContext context) =>
        _mounted?.ProcessAsync(context) ?? throw new InvalidOperationException("This console takes its requests itself.");

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();

    private static WebApplicationBuilder CreateBuilder(ConsoleOptions options, SignInLinks? links, ILoggerFactory loggerFactory, TimeProvider timeProvider)
    {
        // The empty builder reads no file and no environment: what the console does is said here.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(ConsoleServer).Assembly.GetName().Name });
        var services = builder.Services;
        services.AddSingleton(loggerFactory);
        services.AddSingleton(timeProvider);
        services.AddSingleton<IHostLifetime, NoHostLifetime>();
        services.AddSingleton(options);
        services.AddSingleton(new SignInOptions(links));
        services.AddSingleton<Accounts>();
        services.AddSingleton<SignInLimiter>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<ClusterConnection>();
        services.AddSingleton<BrokerHttp>();
        services.AddSingleton<BrokerMeters>();
        services.AddSingleton<HttpOutline>();
        services.AddSingleton<KafkaOutline>();
        services.AddSingleton<ClusterLook>();
        services.AddSingleton<ClusterWatch>();
        services.AddSingleton<TopicSettings>();
        services.AddSingleton<GroupInspection>();
        services.AddSingleton<StorageInspection>();
        services.AddSingleton<AccessInspection>();
        services.AddSingleton<ClusterActions>();
        services.AddSingleton<MessageReader>();

        // Whoever is signed in when the console is started again signs in again.
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        services.AddAntiforgery(antiforgery =>
        {
            antiforgery.Cookie.Name = "kafscale.form";
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        AddAuthentication(services, options);
        services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
        services.Configure<ForwardedHeadersOptions>(forwarded =>
        {
            forwarded.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost;
            forwarded.ForwardLimit = null;
            forwarded.KnownProxies.Clear();
            forwarded.KnownIPNetworks.Clear();
            options.TrustedProxies.ToList().ForEach(forwarded.KnownIPNetworks.Add);
        });
        services.AddCascadingAuthenticationState();
        services.AddOpenApi();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = 50;
            circuits.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(2);
        }).AddHubOptions(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        return builder;
    }

    private static async Task<WebApplication> StartAsync(WebApplicationBuilder builder, CancellationToken cancellationToken)
    {
        var application = builder.Build();
        var options = application.Services.GetRequiredService<ConsoleOptions>();
        if (options.TrustedProxies.Count > 0)
        {
            // Without any, the middleware would believe everybody.
            application.UseForwardedHeaders();
        }

        application.Use(RequestGuard.GuardAsync);
        application.UseExceptionHandler("/problem", createScopeForErrors: true);
        application.UseWhen(IsOfPage, pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));
        application.UseRouting();
        application.UseAuthentication();
        application.UseAuthorization();
        application.UseAntiforgery();
        EmbeddedAssets.MapTo(application);
        SignInEndpoints.MapTo(application);
        if (options.Oidc is not null)
        {
            OidcEndpoints.MapTo(application);
        }

        MessageDownload.MapTo(application);
        ConsoleApi.MapTo(application);
        application.MapOpenApi("/api/openapi.json");
        application.MapGet("/healthz", () => "ok\n").AllowAnonymous();
        application.MapRazorComponents<App>().AddInteractiveServerRenderMode(circuits => circuits.ContentSecurityFrameAncestorsPolicy = null);
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }

        application.Services.GetRequiredService<ClusterWatch>().Start();
        return application;
    }

    private static bool IsOfPage(HttpContext context) => HttpMethods.IsGet(context.Request.Method)
        && !context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal) && !context.Request.Path.StartsWithSegments("/_blazor", StringComparison.Ordinal);

    private static void AddAuthentication(IServiceCollection services, ConsoleOptions options)
    {
        const string Either = "either";
        var authentication = services.AddAuthentication(either =>
        {
            either.DefaultScheme = Either;
            either.DefaultSignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
            either.DefaultSignOutScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        });
        authentication.AddPolicyScheme(Either, null, either => either.ForwardDefaultSelector = context =>
            TokenAuthentication.IsAskedFor(context.Request) ? TokenAuthentication.SchemeName : CookieAuthenticationDefaults.AuthenticationScheme);
        authentication.AddCookie(ConfigureCookie);
        authentication.AddScheme<AuthenticationSchemeOptions, TokenAuthentication>(TokenAuthentication.SchemeName, null);
        if (options.Oidc is { } oidc)
        {
            OidcEndpoints.AddTo(authentication, oidc);
        }
    }

    private static void ConfigureCookie(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "kafscale.console";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Strict;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = SignInDuration;
        cookie.SlidingExpiration = true;
        cookie.LoginPath = SignInEndpoints.Path;
        cookie.ReturnUrlParameter = SignInEndpoints.ReturnName;
        cookie.Events.OnRedirectToLogin = context =>
        {
            if (context.Request.Path.StartsWithSegments("/api", StringComparison.Ordinal))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            }
            else
            {
                context.Response.Redirect(context.RedirectUri);
            }

            return Task.CompletedTask;
        };
        cookie.Events.OnRedirectToAccessDenied = context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }
}
