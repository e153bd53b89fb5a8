using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Kafscale.Console.Tests.Security;

/// <summary>A small OpenID provider that signs real tokens: authorisation code with PKCE, for one client, and for whoever comes.</summary>
internal sealed class SignInProvider : IAsyncDisposable
{
    public const string ClientId = "kafscale-console";
    public const string ClientSecret = "a secret of the client";

    private readonly RSA _key = RSA.Create(2048);
    private readonly ConcurrentDictionary<string, (string Nonce, string Challenge, string RedirectUri)> _codes = new();
    private readonly WebApplication _application;

    private SignInProvider(WebApplication application) => _application = application;

    /// <summary>Under a name that is another site than the console's address.</summary>
    public Uri Issuer { get; private set; } = null!;

    /// <summary>What the provider says of whoever signs in.</summary>
    public Dictionary<string, object> Claims { get; set; } = new() { ["sub"] = "4711", ["preferred_username"] = "ada" };

    /// <summary>Changes the token before it is signed.</summary>
    public Action<SecurityTokenDescriptor> OnSign { get; set; } = _ => { };

    /// <summary>How many codes were exchanged with the verifier that belongs to them.</summary>
    public int ProvenExchanges { get; private set; }

    public static async Task<SignInProvider> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        application.UseRouting();
        var provider = new SignInProvider(application);
        application.MapGet("/.well-known/openid-configuration", (HttpContext context) => context.Response.WriteAsJsonAsync(new
        {
            issuer = provider.Address,
            authorization_endpoint = provider.Address + "authorize",
            token_endpoint = provider.Address + "token",
            jwks_uri = provider.Address + "keys",
            response_types_supported = (string[])["code"],
            id_token_signing_alg_values_supported = (string[])["RS256"],
        }));
        application.MapGet("/keys", (HttpContext context) =>
        {
            var key = provider._key.ExportParameters(false);
            var published = new { kty = "RSA", use = "sig", kid = "one", alg = "RS256", n = Base64UrlEncoder.Encode(key.Modulus), e = Base64UrlEncoder.Encode(key.Exponent) };
            return context.Response.WriteAsJsonAsync(new { keys = (object[])[published] });
        });
        application.MapGet("/authorize", provider.Authorize);
        application.MapPost("/token", provider.ExchangeAsync);
        await application.StartAsync();
        var port = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        provider.Issuer = new Uri($"http://localhost:{port}/");
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _key.Dispose();
    }

    private string Address => Issuer.ToString();

    private void Authorize(HttpContext context)
    {
        var query = context.Request.Query;
        Assert.Equal((ClientId, "code", "S256"), (query["client_id"].ToString(), query["response_type"].ToString(), query["code_challenge_method"].ToString()));
        var code = Guid.NewGuid().ToString("n");
        _codes[code] = (query["nonce"]!, query["code_challenge"]!, query["redirect_uri"]!);
        context.Response.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"]!, new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] }));
    }

    private async Task ExchangeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (!_codes.TryRemove(form["code"].ToString(), out var issued)
            || form["client_secret"] != ClientSecret
            || form["redirect_uri"] != issued.RedirectUri
            || Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != issued.Challenge)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            await context.Response.WriteAsJsonAsync(new { error = "invalid_grant" });
            return;
        }

        ProvenExchanges++;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Address,
            Audience = ClientId,
            Claims = new Dictionary<string, object>(Claims) { ["nonce"] = issued.Nonce },
            Expires = DateTime.UtcNow.AddMinutes(5),
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(_key) { KeyId = "one" }, SecurityAlgorithms.RsaSha256),
        };
        OnSign(descriptor);
        await context.Response.WriteAsJsonAsync(new { access_token = "unused", token_type = "Bearer", expires_in = 300, id_token = new JsonWebTokenHandler().CreateToken(descriptor) });
    }
}
