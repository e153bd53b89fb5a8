using System.Globalization;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Kafscale.Console.Security;

/// <summary>Signs people in by OpenID Connect: authorisation code with PKCE.</summary>
internal static partial class OidcEndpoints
{
    public const string SchemeName = "oidc";
    public const string StartPath = SignInEndpoints.Path + "/oidc";

    private const string CallbackPath = SignInEndpoints.Path + "/oidc/callback";
    private const string DonePath = SignInEndpoints.Path + "/oidc/done";

    // Roles are asked for again then, however busy somebody is.
    private static readonly TimeSpan Duration = TimeSpan.FromHours(12);

    public static void AddTo(AuthenticationBuilder authentication, OidcSignIn signIn) => authentication.AddOpenIdConnect(SchemeName, options =>
    {
        options.SignInScheme = CookieAuthenticationDefaults.AuthenticationScheme;
        options.Authority = signIn.Issuer.ToString();
        options.ClientId = signIn.ClientId;
        options.ClientSecret = signIn.ClientSecret;
        options.ResponseType = OpenIdConnectResponseType.Code;
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.CallbackPath = CallbackPath;
        options.MapInboundClaims = false;
        options.RequireHttpsMetadata = !signIn.Issuer.IsLoopback;
        options.Scope.Clear();
        foreach (var scope in signIn.Scopes)
        {
            options.Scope.Add(scope);
        }

        // The answer is a link that is followed from the provider's site.
        options.CorrelationCookie.SameSite = SameSiteMode.Lax;
        options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.NonceCookie.SameSite = SameSiteMode.Lax;
        options.NonceCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Events.OnTokenValidated = context => AdmitAsync(context, signIn);
        options.Events.OnRemoteFailure = context =>
        {
            var services = context.HttpContext.RequestServices;
            services.GetRequiredService<AuditLog>().Add("", "sign in", "", "by OpenID Connect", context.Failure?.Message ?? "The provider says no.");
            LogFailure(services.GetRequiredService<ILogger<OidcSignIn>>(), context.Failure);
            context.Response.Redirect($"{SignInEndpoints.Path}?{SignInEndpoints.ProblemName}={SignInEndpoints.ProviderProblem}");
            context.HandleResponse();
            return Task.CompletedTask;
        };
    });

    public static void MapTo(IEndpointRouteBuilder routes)
    {
        routes.MapGet(StartPath, context => context.ChallengeAsync(SchemeName, new AuthenticationProperties
        {
            RedirectUri = DonePath + QueryString.Create(SignInEndpoints.ReturnName, SignInEndpoints.LocalOrHome(context.Request.Query[SignInEndpoints.ReturnName].ToString())),
        })).AllowAnonymous();
        routes.MapGet(DonePath, EnterAsync).AllowAnonymous();
    }

    // What follows a link from another site brings no cookie that is for this site alone: a page of this site has to lead on.
    private static Task EnterAsync(HttpContext context)
    {
        var to = SignInEndpoints.LocalOrHome(context.Request.Query[SignInEndpoints.ReturnName].ToString());
        context.Response.Headers.CacheControl = "no-store";
        context.Response.ContentType = "text/html; charset=utf-8";
        return context.Response.WriteAsync(
            $"<!DOCTYPE html><html lang=\"en\"><meta http-equiv=\"refresh\" content=\"0;url={WebUtility.HtmlEncode(to)}\"><title>Kafscale</title><a href=\"{WebUtility.HtmlEncode(to)}\">Go on</a></html>",
            context.RequestAborted);
    }

    private static Task AdmitAsync(TokenValidatedContext context, OidcSignIn signIn)
    {
        var services = context.HttpContext.RequestServices;
        var audit = services.GetRequiredService<AuditLog>();
        var claims = context.Principal!.Claims.ToList();
        var name = NameOf(claims, signIn);
        if (name is null || signIn.Roles.Find(claims) is not { } role)
        {
            audit.Add(name ?? "", "sign in", "", "by OpenID Connect", name is null ? "The provider does not say who it is." : "Nothing of what the provider says gives a role.");
            context.Response.Redirect($"{SignInEndpoints.Path}?{SignInEndpoints.ProblemName}={SignInEndpoints.RoleProblem}");
            context.HandleResponse();
            return Task.CompletedTask;
        }

        audit.Add(name, "sign in", "", string.Create(CultureInfo.InvariantCulture, $"by OpenID Connect, as {role.ToString().ToLowerInvariant()}"));
        context.Principal = services.GetRequiredService<Accounts>().Create(name, role);
        context.Properties!.IsPersistent = false;
        context.Properties.AllowRefresh = false;
        context.Properties.ExpiresUtc = services.GetRequiredService<TimeProvider>().GetUtcNow() + Duration;
        return Task.CompletedTask;
    }

    private static string? NameOf(List<Claim> claims, OidcSignIn signIn) =>
        ((string[])[signIn.NameClaim, "email", "sub"]).Select(type => claims.Find(claim => claim.Type == type)?.Value).FirstOrDefault(value => !string.IsNullOrEmpty(value));

    [LoggerMessage(2912, LogLevel.Warning, "A sign-in by OpenID Connect has failed.")]
    private static partial void LogFailure(ILogger logger, Exception? exception);
}
