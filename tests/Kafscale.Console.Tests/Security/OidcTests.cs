using System.Net;
using Kafscale.Console.Security;
using Kafscale.Console.Tests.Browser;
using Microsoft.IdentityModel.Tokens;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Security;

public sealed class OidcTests : IAsyncLifetime
{
    private SignInProvider _provider = null!;
    private LonelyConsole _console = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await SignInProvider.StartAsync();
        _console = await LonelyConsole.StartAsync(options => options with
        {
            Oidc = new OidcSignIn
            {
                Issuer = _provider.Issuer,
                ClientId = SignInProvider.ClientId,
                ClientSecret = SignInProvider.ClientSecret,
                Roles = new RoleMapping("roles", new Dictionary<string, Role> { ["kafka-admins"] = Role.Admin, ["developers"] = Role.Viewer }),
            },
        });
    }

    [Fact]
    public async Task A_browser_is_led_to_the_provider_and_back_to_the_page_that_was_wanted()
    {
        _provider.Claims["roles"] = (string[])["kafka-admins"];
        await using var browser = await HeadlessBrowser.StartAsync(_console.Address);
        var page = await browser.OpenAsync("/activity", isSignedIn: false);

        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with single sign-on" }).ClickAsync();

        await page.GetByRole(AriaRole.Heading, new() { Name = "Activity" }).WaitForAsync();
        await page.GetByText("by OpenID Connect, as admin").WaitForAsync();
        Assert.Equal(1, _provider.ProvenExchanges);

        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in with single sign-on" }).WaitForAsync();
        await page.Context.DisposeAsync();
    }

    [Theory]
    [InlineData("kafka-admins", HttpStatusCode.OK)]
    [InlineData("developers", HttpStatusCode.Forbidden)]
    public async Task The_role_is_what_the_provider_says(string role, HttpStatusCode ofActivity)
    {
        _provider.Claims["roles"] = (string[])["others", role];
        var http = _console.CreateClient(followsRedirects: true);

        using var entered = await http.GetAsync("/sign-in/oidc");
        using var activity = await http.GetAsync("/activity");
        using var api = await http.GetAsync("/api/openapi.json");

        Assert.Equal(ofActivity, activity.StatusCode);
        Assert.Equal(HttpStatusCode.OK, api.StatusCode);
    }

    [Fact]
    public async Task Who_has_no_role_does_not_get_in()
    {
        _provider.Claims["roles"] = "guests";
        var http = _console.CreateClient(followsRedirects: true);

        using var entered = await http.GetAsync("/sign-in/oidc");
        using var api = await http.GetAsync("/api/openapi.json");

        Assert.Contains("gives you a role here", await entered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("audience")]
    [InlineData("nonce")]
    [InlineData("expiry")]
    [InlineData("signature")]
    public async Task A_token_that_is_not_for_this_sign_in_lets_nobody_in(string wrong)
    {
        _provider.Claims["roles"] = "kafka-admins";
        _provider.OnSign = token =>
        {
            switch (wrong)
            {
                case "issuer":
                    token.Issuer = "https://elsewhere.example/";
                    break;
                case "audience":
                    token.Audience = "another-client";
                    break;
                case "nonce":
                    token.Claims["nonce"] = "of another sign-in";
                    break;
                case "expiry":
                    (token.NotBefore, token.IssuedAt, token.Expires) = (DateTime.UtcNow.AddHours(-2), DateTime.UtcNow.AddHours(-2), DateTime.UtcNow.AddHours(-1));
                    break;
                default:
                    token.SigningCredentials = new SigningCredentials(
                        new RsaSecurityKey(System.Security.Cryptography.RSA.Create(2048)) { KeyId = "one" }, SecurityAlgorithms.RsaSha256);
                    break;
            }
        };
        var http = _console.CreateClient(followsRedirects: true);

        using var entered = await http.GetAsync("/sign-in/oidc");
        using var api = await http.GetAsync("/api/openapi.json");

        Assert.Contains("answer cannot be used", await entered.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Unauthorized, api.StatusCode);
    }

    [Fact]
    public async Task An_answer_that_nobody_asked_for_is_refused()
    {
        using var answer = await _console.CreateClient().GetAsync("/sign-in/oidc/callback?code=stolen&state=made-up");

        Assert.Equal("/sign-in?problem=provider", answer.Headers.Location?.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        await _console.DisposeAsync();
        await _provider.DisposeAsync();
    }
}
