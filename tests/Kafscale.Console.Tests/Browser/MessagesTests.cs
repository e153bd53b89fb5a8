using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

[Collection(nameof(DevSite))]
public sealed class MessagesTests(DevSite site)
{
    [Theory]
    [InlineData("from=newest&limit=50", "50 found")]
    [InlineData("from=beginning&limit=1000", "301 found")]
    [InlineData("from=beginning&partitions=0", "51 found")]
    [InlineData("from=offset&at=45&partitions=1", "5 found")]
    [InlineData("from=time&at=-1h&limit=1000", "301 found")]
    [InlineData("from=time&at=2020-01-01&key=customer-16&limit=1000", "17 found")]
    [InlineData("from=beginning&json=$.order+%3D+299&limit=1000", "1 found")]
    [InlineData("from=newest&value=%22order%22:17,", "1 found")]
    [InlineData("from=beginning&header=trace%3Dt-250", "1 found")]
    public async Task Messages_are_found_from_any_place_and_by_any_filter(string query, string found)
    {
        var page = await site.OpenAsync($"/topics/{DevSite.Topic}/messages?{query}");
        await using var context = page.Context;

        await Assertions.Expect(page.GetByText(new Regex($"^{found}, "))).ToBeVisibleAsync();
    }

    [Fact]
    public async Task What_comes_is_shown_live_until_it_is_stopped()
    {
        var page = await site.OpenAsync("/topics/clicks/messages?from=live");
        await using var context = page.Context;
        await page.GetByText("Live: 0 shown").WaitForAsync();

        await site.ProduceAsync("clicks", "first-click");
        await page.GetByText("first-click").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();

        await page.GetByText("Stopped: 1 found").WaitForAsync();
    }

    [Fact]
    public async Task Markup_in_messages_is_text()
    {
        var page = await site.OpenAsync($"/topics/{DevSite.HostileTopic}/messages?message=0:0");
        await using var context = page.Context;
        await page.GetByText(DevSite.Markup).First.WaitForAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Headers" }).WaitForAsync();

        Assert.NotEqual("owned", await page.TitleAsync());
        Assert.Equal(0, await page.Locator("main img, main script").CountAsync());
    }

    [Fact]
    public async Task A_message_that_is_produced_by_the_page_can_be_read_there()
    {
        var page = await site.OpenAsync("/topics/payments");
        await using var context = page.Context;
        await page.GetByText("There are no such messages.").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Produce" }).ClickAsync();
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("invoice-1");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("{\"paid\":true}");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Produce" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        await page.GetByRole(AriaRole.Button, new() { Name = "Read" }).ClickAsync();

        await page.GetByText("invoice-1").WaitForAsync();
    }
}
