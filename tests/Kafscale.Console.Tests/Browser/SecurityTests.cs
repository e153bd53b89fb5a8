using System.Net;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

[Collection(nameof(DevSite))]
public sealed class SecurityTests(DevSite site)
{
    [Fact]
    public async Task A_link_signs_in_once()
    {
        var page = await site.OpenAsStrangerAsync(await site.SignInLinkAsync());
        await using var context = page.Context;

        await page.GetByText("This link was used already").WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, "sign-in-light.png") });
    }

    [Fact]
    public async Task Whoever_is_not_signed_in_sees_no_page()
    {
        var page = await site.OpenAsStrangerAsync("/topics");
        await using var context = page.Context;

        Assert.Equal("/sign-in", new Uri(page.Url).AbsolutePath);
    }

    [Theory]
    [InlineData("GET", "/api/topics")]
    [InlineData("GET", "/api/events")]
    [InlineData("GET", "/api/openapi.json")]
    [InlineData("GET", "/api/there-is-none")]
    [InlineData("DELETE", "/api/topics/orders")]
    [InlineData("GET", "/api/topics/orders/partitions/0/messages/0/value")]
    public async Task There_is_no_api_without_a_sign_in(string method, string path)
    {
        using var http = new HttpClient { BaseAddress = site.Broker.HttpAddress };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await http.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("/groups/view")]
    [InlineData("/groups/view?id=")]
    [InlineData("/groups/view?id=%00")]
    [InlineData("/topics/%00/settings")]
    [InlineData("/topics/..%2F..%2F/settings")]
    [InlineData("/topics/orders/messages?partitions=-1&message=x:y")]
    public async Task No_address_ends_the_process(string path)
    {
        var page = await site.OpenAsync("/brokers");
        await using var context = page.Context;
        await page.EvaluateAsync("path => fetch(path).then(answer => answer.text())", path);

        using var http = new HttpClient { BaseAddress = site.Broker.HttpAddress };
        Assert.Equal("ok\n", await http.GetStringAsync("/readyz"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":null}")]
    [InlineData("{\"name\":\"\"}")]
    [InlineData("{\"name\":\"orders-2\",\"settings\":{\"retention.ms\":null}}")]
    [InlineData("[]")]
    [InlineData("{")]
    public async Task No_request_ends_the_process(string body)
    {
        var page = await site.OpenAsync("/brokers");
        await using var context = page.Context;
        var status = await page.EvaluateAsync<int>(
            "body => fetch('/api/topics', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body }).then(answer => answer.status)", body);

        Assert.InRange(status, 400, 499);
        using var http = new HttpClient { BaseAddress = site.Broker.HttpAddress };
        Assert.Equal("ok\n", await http.GetStringAsync("/readyz"));
    }

    [Theory]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task What_another_site_asks_for_is_refused(string header, string value)
    {
        using var http = new HttpClient { BaseAddress = site.Broker.HttpAddress };
        foreach (var (method, path) in ((string, string)[])[("DELETE", "/api/topics/orders"), ("POST", "/sign-in/password"), ("POST", "/_blazor/negotiate"), ("GET", "/_blazor")])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.Add(header, value);
            using var response = await http.SendAsync(request);

            Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        }
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task No_page_breaks_its_own_content_security_policy()
    {
        foreach (var (_, path, text) in PagesTests.Pages.Select(row => row.Data))
        {
            var page = await site.OpenAsync("about:blank");
            await using var context = page.Context;
            var breaches = new List<string>();
            page.Console += (_, message) =>
            {
                if (message.Text.Contains("Content Security Policy", StringComparison.Ordinal))
                {
                    breaches.Add(message.Text);
                }
            };
            await page.GotoAsync(path);
            await page.GetByText(text).First.WaitForAsync();

            Assert.Empty(breaches);
        }
    }
}
