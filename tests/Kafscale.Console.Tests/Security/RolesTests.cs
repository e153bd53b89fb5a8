using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using Kafscale.Console.Security;
using Kafscale.Testing;

namespace Kafscale.Console.Tests.Security;

/// <summary>A console of a cluster that does not answer: who may do what is decided before anybody asks the cluster.</summary>
public sealed partial class RolesTests : IAsyncLifetime
{
    private const string Password = "a password of some length";

    private LonelyConsole _console = null!;

    public ValueTask InitializeAsync() => StartAsync(isReadOnly: false);

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)]
    [InlineData(Role.Editor, HttpStatusCode.Conflict, HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, HttpStatusCode.Conflict, HttpStatusCode.Conflict)]
    public async Task Changes_take_the_role_that_they_need(Role role, HttpStatusCode creating, HttpStatusCode deleting)
    {
        var http = await SignInAsync(role.ToString(), Password);

        using var created = await http.PostAsJsonAsync("/api/topics", new { name = "orders" });
        using var deleted = await http.DeleteAsync("/api/topics/orders");

        Assert.Equal(creating, created.StatusCode);
        Assert.Equal(deleting, deleted.StatusCode);
    }

    [Fact]
    public async Task A_read_only_console_lets_nobody_change_anything()
    {
        await DisposeAsync();
        await StartAsync(isReadOnly: true);
        var http = await SignInAsync(nameof(Role.Admin), Password);

        using var created = await http.PostAsJsonAsync("/api/topics", new { name = "orders" });
        using var activity = await http.GetAsync("/activity");

        Assert.Equal(HttpStatusCode.Forbidden, created.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, activity.StatusCode);
    }

    [Fact]
    public async Task Wrong_passwords_are_slowed_down_also_before_the_right_one()
    {
        for (var i = 0; i < SignInLimiter.MaxFailures; i++)
        {
            using var wrong = await TrySignInAsync(_console.CreateClient(), nameof(Role.Admin), "wrong");
            Assert.Contains("problem=wrong", wrong.Headers.Location!.ToString(), StringComparison.Ordinal);
        }

        using var refused = await TrySignInAsync(_console.CreateClient(), nameof(Role.Admin), Password);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.NotNull(refused.Headers.RetryAfter);
    }

    [Fact]
    public async Task A_form_without_its_token_is_refused()
    {
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("name", nameof(Role.Admin)), KeyValuePair.Create("password", Password)]);
        using var response = await _console.CreateClient().PostAsync("/sign-in/password", content);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task Signing_in_leads_to_no_other_site()
    {
        using var response = await TrySignInAsync(_console.CreateClient(), nameof(Role.Viewer), Password, "//evil.example/");

        Assert.Equal("/", response.Headers.Location!.ToString());
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_told_of()
    {
        var http = await SignInAsync(nameof(Role.Viewer), Password);

        await Eventually.HoldsAsync(
            async () => (await http.GetStringAsync("/")).Contains("The cluster does not answer.", StringComparison.Ordinal), TimeSpan.FromSeconds(30));
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    private async ValueTask StartAsync(bool isReadOnly) => _console = await LonelyConsole.StartAsync(options => options with
    {
        Accounts = [.. Enum.GetValues<Role>().Select(role => new Account(role.ToString(), role, PasswordCheck.OfPassword(Password)))],
        IsReadOnly = isReadOnly,
    });

    private async Task<HttpClient> SignInAsync(string name, string password)
    {
        var http = _console.CreateClient();
        using var response = await TrySignInAsync(http, name, password);
        Assert.Equal("/", response.Headers.Location?.ToString());
        return http;
    }

    private static async Task<HttpResponseMessage> TrySignInAsync(HttpClient http, string name, string password, string returnTo = "")
    {
        var token = Token().Match(await http.GetStringAsync("/sign-in")).Groups[1].Value;
        using var content = new FormUrlEncodedContent(
        [
            KeyValuePair.Create("name", name), KeyValuePair.Create("password", password),
            KeyValuePair.Create("return", returnTo), KeyValuePair.Create("__RequestVerificationToken", token),
        ]);
        return await http.PostAsync("/sign-in/password", content);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Token();
}
