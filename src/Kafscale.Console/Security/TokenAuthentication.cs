using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kafscale.Console.Security;

/// <summary>Lets in who asks the API with <c>Authorization: Bearer TOKEN</c>. Pages take no tokens.</summary>
internal sealed class TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggerFactory, UrlEncoder encoder, Accounts accounts)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggerFactory, encoder)
{
    public const string SchemeName = "token";

    private const string Bearer = "Bearer ";

    /// <summary>Whether a request wants to be let in by a token.</summary>
    public static bool IsAskedFor(HttpRequest request) =>
        request.Path.StartsWithSegments("/api", StringComparison.Ordinal) && request.Headers.Authorization.ToString().StartsWith(Bearer, StringComparison.OrdinalIgnoreCase);

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        !IsAskedFor(Request) ? AuthenticateResult.NoResult()
        : accounts.FindToken(Request.Headers.Authorization.ToString()[Bearer.Length..].Trim()) is { } user ? AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName))
        : AuthenticateResult.Fail("There is no such token."));

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = "Bearer";
        return Task.CompletedTask;
    }
}
