using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

public sealed class PagesTests(DevSite site) : IClassFixture<DevSite>
{
    public static TheoryData<string, string, string> Pages => new()
    {
        { "overview", "/", "Nothing needs attention." },
        { "topics", "/topics", DevSite.Topic },
        { "topic-messages", $"/topics/{DevSite.Topic}", "found," },
        { "topic-message", $"/topics/{DevSite.Topic}/messages?message=0:7", "\"customer\"" },
        { "topic-partitions", $"/topics/{DevSite.Topic}/partitions", "End offset" },
        { "topic-settings", $"/topics/{DevSite.Topic}/settings", "this topic" },
        { "topic-groups", $"/topics/{DevSite.Topic}/groups", DevSite.Group },
        { "not-found", "/there-is-no-such-page", "There is nothing here" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_shows_what_it_is_for_in_light_and_dark(string name, string path, string text)
    {
        foreach (var scheme in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            var page = await site.OpenAsync(path, scheme);
            await using var context = page.Context;
            await page.GetByText(text).First.WaitForAsync();
            await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, $"{name}-{scheme.ToString().ToLowerInvariant()}.png") });
        }
    }
}
