using System.Net;
using System.Text.RegularExpressions;
using Kafscale.Console.Security;

namespace Kafscale.Console.Tests.Security;

/// <summary>A console behind something that ends TLS.</summary>
public sealed partial class ProxyTests
{
    private const string Password = "a password of some length";

    [Theory]
    [InlineData("127.0.0.0/8", true)]
    [InlineData("10.0.0.0/8", false)]
    [InlineData(null, false)]
    public async Task Cookies_are_for_https_alone_where_a_trusted_proxy_says_that_it_is_https(string? trusted, bool isSecure)
    {
        await using var console = await LonelyConsole.StartAsync(options => options with
        {
            Accounts = [new Account("admin", Role.Admin, PasswordCheck.OfPassword(Password))],
            TrustedProxies = trusted is null ? [] : [IPNetwork.Parse(trusted)],
        });
        var http = console.CreateClient();
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("X-Forwarded-Host", "console.example");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.7");

        using var page = await http.GetAsync("/sign-in");
        var token = Token().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/sign-in/password")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("name", "admin"), KeyValuePair.Create("password", Password), KeyValuePair.Create("__RequestVerificationToken", token)]),
        };
        request.Headers.Add("Cookie", page.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));
        using var entered = await http.SendAsync(request);

        var cookies = page.Headers.GetValues("Set-Cookie").Concat(entered.Headers.GetValues("Set-Cookie")).ToList();
        Assert.Contains(cookies, cookie => cookie.StartsWith("kafscale.console=", StringComparison.Ordinal));
        Assert.All(cookies, cookie => Assert.Equal(isSecure, cookie.Contains("; secure", StringComparison.OrdinalIgnoreCase)));
    }

    [Theory]
    [InlineData("https://console.example", HttpStatusCode.Unauthorized)]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    public async Task The_site_is_the_one_that_a_trusted_proxy_says(string origin, HttpStatusCode status)
    {
        await using var console = await LonelyConsole.StartAsync(options => options with { TrustedProxies = [IPNetwork.Parse("127.0.0.1/32")] });
        using var request = new HttpRequestMessage(HttpMethod.Delete, "/api/topics/orders");
        request.Headers.Add("X-Forwarded-Host", "console.example");
        request.Headers.Add("Origin", origin);

        using var answer = await console.CreateClient().SendAsync(request);

        Assert.Equal(status, answer.StatusCode);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
