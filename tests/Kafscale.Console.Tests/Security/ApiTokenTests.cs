using System.Net;
using System.Net.Http.Headers;
using Kafscale.Console.Security;

namespace Kafscale.Console.Tests.Security;

public sealed class ApiTokenTests : IAsyncLifetime
{
    private readonly Dictionary<Role, string> _tokens = [];
    private LonelyConsole _console = null!;

    public async ValueTask InitializeAsync()
    {
        var known = new List<ApiToken>();
        foreach (var role in Enum.GetValues<Role>())
        {
            var (token, hash) = ApiToken.Create();
            _tokens.Add(role, token);
            known.Add(ApiToken.Parse($"script-of-{role}", role, hash));
        }

        _console = await LonelyConsole.StartAsync(options => options with { Tokens = known });
    }

    [Theory]
    [InlineData(Role.Viewer, HttpStatusCode.Forbidden)]
    [InlineData(Role.Editor, HttpStatusCode.Forbidden)]
    [InlineData(Role.Admin, HttpStatusCode.Conflict)]
    public async Task A_token_may_do_what_its_role_may(Role role, HttpStatusCode ofDeletion)
    {
        var http = ClientWith(_tokens[role]);

        using var description = await http.GetAsync("/api/openapi.json");
        using var deletion = await http.DeleteAsync("/api/topics/orders");

        Assert.Equal(HttpStatusCode.OK, description.StatusCode);
        Assert.Equal(ofDeletion, deletion.StatusCode);
    }

    [Fact]
    public async Task A_token_that_there_is_not_lets_nobody_in()
    {
        using var answer = await ClientWith("kafscale_made-up").GetAsync("/api/openapi.json");

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Pages_take_no_tokens()
    {
        using var answer = await ClientWith(_tokens[Role.Admin]).GetAsync("/activity");

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public void What_is_written_down_of_a_token_does_not_tell_it()
    {
        var (token, hash) = ApiToken.Create();

        Assert.DoesNotContain(token["kafscale_".Length..], hash, StringComparison.Ordinal);
        Assert.True(ApiToken.Parse("script", Role.Viewer, hash).Matches(token));
        Assert.Throws<FormatException>(() => ApiToken.Parse("script", Role.Viewer, "token-sha256$short"));
    }

    public ValueTask DisposeAsync() => _console.DisposeAsync();

    private HttpClient ClientWith(string token)
    {
        var client = _console.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }
}
