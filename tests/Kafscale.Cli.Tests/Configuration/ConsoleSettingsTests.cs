using System.Net;
using Kafscale.Cli.Configuration;
using Kafscale.Clients;
using Kafscale.Console;
using Kafscale.Console.Security;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class ConsoleSettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Users_and_tokens_are_read_from_one_file()
    {
        var (token, hash) = ApiToken.Create();
        var options = Read((ConsoleSettings.UsersFile, WriteUsers($"# people\nada editor {PasswordCheck.OfPassword("secret")}\n\nbot viewer {hash}\n")));

        Assert.Equal(("ada", Role.Editor), (Assert.Single(options.Accounts).Name, options.Accounts[0].Role));
        Assert.True(options.Accounts[0].Password.Matches("secret"));
        Assert.Equal(("bot", Role.Viewer), (Assert.Single(options.Tokens).Name, options.Tokens[0].Role));
        Assert.True(options.Tokens[0].Matches(token));
    }

    [Theory]
    [InlineData("ada editor", "line 1: A line is NAME ROLE HASH")]
    [InlineData("ada root token-sha256$x", "line 1: A line is NAME ROLE HASH")]
    [InlineData("ada 2 token-sha256$x", "line 1: A line is NAME ROLE HASH")]
    [InlineData("\nada admin token-sha256$x", "line 2: The hash of a token is written as")]
    [InlineData("ada admin plain", "line 1: A password is written as")]
    public void A_line_that_is_wrong_is_named(string text, string reason)
    {
        var file = WriteUsers(text);

        Assert.Contains(reason, Fails((ConsoleSettings.UsersFile, file)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_sign_in_provider_is_read_with_its_roles()
    {
        var oidc = Read(
            (ConsoleSettings.OidcIssuer, "https://sso.example.com/realms/main"),
            (ConsoleSettings.OidcClientId, "kafscale"),
            (ConsoleSettings.OidcRoles, "cn=admins=admin, *=viewer")).Oidc!;

        Assert.Equal(("kafscale", null), (oidc.ClientId, oidc.ClientSecret));
        Assert.Equal(["openid", "profile"], oidc.Scopes);
        Assert.Equal(Role.Admin, oidc.Roles.Find([new("roles", "cn=admins")]));
        Assert.Equal(Role.Viewer, oidc.Roles.Find([]));
    }

    [Theory]
    [InlineData("https://sso.example.com", "", "*=viewer", "go together")]
    [InlineData("http://sso.example.com", "kafscale", "*=viewer", "begins with https://")]
    [InlineData("sso.example.com", "kafscale", "*=viewer", "begins with https://")]
    [InlineData("https://sso.example.com", "kafscale", "", "nobody would get a role")]
    [InlineData("https://sso.example.com", "kafscale", "admins=root", "ROLE is viewer, editor or admin")]
    [InlineData("https://sso.example.com", "kafscale", "a=admin,a=viewer", "each value once")]
    public void A_sign_in_provider_that_is_set_wrongly_is_told(string issuer, string clientId, string roles, string reason) => Assert.Contains(
        reason,
        Fails((ConsoleSettings.OidcIssuer, issuer), (ConsoleSettings.OidcClientId, clientId), (ConsoleSettings.OidcRoles, roles)),
        StringComparison.Ordinal);

    [Fact]
    public void Trusted_proxies_are_addresses_and_networks()
    {
        Assert.Equal(
            [IPNetwork.Parse("10.0.0.7/32"), IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00::1/128")],
            Read((ConsoleSettings.TrustedProxies, "10.0.0.7, 10.1.0.0/16,fd00::1")).TrustedProxies);
        Assert.Contains("and not proxy.example", Fails((ConsoleSettings.TrustedProxies, "proxy.example")), StringComparison.Ordinal);
    }

    private static string Fails(params (string Name, string Value)[] variables) => Assert.Throws<CommandFailedException>(() => Read(variables)).Message;

    private static ConsoleOptions Read(params (string Name, string Value)[] variables) => ConsoleSettings.WithAccess(
        new ConsoleOptions { Cluster = ClientSettings.Combine([]), BrokerHttpAddresses = [] }, variables.ToDictionary(variable => variable.Name, variable => variable.Value));

    private string WriteUsers(string text)
    {
        var file = _folder.File("users");
        File.WriteAllText(file, text);
        return file;
    }
}
