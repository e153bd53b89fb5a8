using Kafscale.Console.Security;

namespace Kafscale.Console.Tests.Security;

public sealed class SignInLinksTests
{
    private readonly SignInLinks _links = new();

    [Fact]
    public void A_link_works_once()
    {
        var token = TokenOf(_links.Create("http://127.0.0.1:8080"));

        Assert.False(_links.TryUse("another"));
        Assert.True(_links.TryUse(token));
        Assert.False(_links.TryUse(token));
    }

    [Fact]
    public void A_new_link_ends_the_one_before()
    {
        var before = TokenOf(_links.Create("http://127.0.0.1:8080"));
        _links.Create("http://127.0.0.1:8080");

        Assert.False(_links.TryUse(before));
    }

    private static string TokenOf(string link) => link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..];
}
