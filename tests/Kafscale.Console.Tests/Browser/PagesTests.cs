using Kafscale.Testing;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

[Collection(nameof(DevSite))]
public sealed class PagesTests(DevSite site)
{
    public static TheoryData<string, string, string> Pages => new()
    {
        { "overview", "/", "Nothing needs attention." },
        { "topics", "/topics", DevSite.Topic },
        { "topic-messages", $"/topics/{DevSite.Topic}", "100 found" },
        { "topic-message", $"/topics/{DevSite.Topic}/messages?message=0:7", "\"customer\"" },
        { "topic-partitions", $"/topics/{DevSite.Topic}/partitions", "End offset" },
        { "topic-objects", $"/topics/{DevSite.Topic}/objects?partition=1&object=0", "waits to be merged" },
        { "topic-settings", $"/topics/{DevSite.Topic}/settings", "this topic" },
        { "topic-groups", $"/topics/{DevSite.Topic}/groups", DevSite.Group },
        { "groups", "/groups", DevSite.Group },
        { "group", $"/groups/view?id={DevSite.Group}", "Committed" },
        { "brokers", "/brokers", "controller" },
        { "broker", "/brokers/0", "Append buffer" },
        { "storage", "/storage", "Stored by topic" },
        { "access", "/access", "does not support ACLs" },
        { "activity", "/activity", "sign in" },
        { "not-found", "/there-is-no-such-page", "There is nothing here" },
    };

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task A_page_shows_what_it_is_for_in_light_and_dark_and_to_everybody(string name, string path, string text)
    {
        var page = await site.OpenAsync(path);
        await using var context = page.Context;
        await page.GetByText(text).First.WaitForAsync();
        await Gallery.ShowAsync(page, name);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Pages_fit_a_phone()
    {
        foreach (var (name, path, _) in Pages.Select(row => row.Data))
        {
            var page = await site.OpenAsync(path, width: 390, height: 844);
            await using var context = page.Context;
            await page.GetByRole(AriaRole.Heading, new() { Level = 1 }).WaitForAsync();
            await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, $"{name}-phone.png") });
            Assert.Equal(390, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
        }
    }

    [Fact]
    public async Task The_first_page_is_small_and_there_soon()
    {
        var warm = await site.OpenAsync("/");
        await using var warmContext = warm.Context;
        await warm.GetByText("Nothing needs attention.").WaitForAsync();

        var page = await site.OpenAsync("about:blank");
        await using var context = page.Context;
        var session = await context.NewCDPSessionAsync(page);
        await session.SendAsync("Network.enable");
        var bytes = 0.0;
        session.Event("Network.loadingFinished").OnEvent += (_, finished) => bytes += finished!.Value.GetProperty("encodedDataLength").GetDouble();
        await page.GotoAsync(site.Broker.HttpAddress.ToString(), new() { WaitUntil = WaitUntilState.NetworkIdle });
        var paint = await page.EvaluateAsync<double>("performance.getEntriesByName('first-contentful-paint')[0].startTime");

        TestContext.Current.SendDiagnosticMessage("First load {0:0} KiB, first paint {1:0} ms", bytes / 1024, paint);
        await File.WriteAllTextAsync(Path.Combine(DevSite.Screenshots, "first-load.txt"), $"{bytes / 1024:0} KiB, first contentful paint {paint:0} ms\n");
        Assert.InRange(bytes, 1, 500 * 1024);
    }

    [Fact]
    public async Task A_lost_connection_is_shown_and_heals()
    {
        await using var proxy = TcpProxy.Start(site.Broker.HttpAddress);
        var page = await site.OpenAsync(new Uri(proxy.Address, "/topics").ToString());
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = DevSite.Topic, Exact = true }).WaitForAsync();
        var note = page.GetByText("The connection to the console is lost.");

        proxy.Cut();
        proxy.Reset();
        await note.WaitForAsync(new() { Timeout = 60_000 });
        proxy.Mend();

        await note.WaitForAsync(new() { State = WaitForSelectorState.Hidden, Timeout = 60_000 });
    }
}
