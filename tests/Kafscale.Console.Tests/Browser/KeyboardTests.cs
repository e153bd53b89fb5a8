using Microsoft.Playwright;
using static Kafscale.Console.Tests.Browser.Keyboard;

namespace Kafscale.Console.Tests.Browser;

/// <summary>Every page and every action, without a pointer.</summary>
[Collection(nameof(DevSite))]
public sealed class KeyboardTests(DevSite site)
{
    private const string Topic = "by-keyboard";
    private const string Group = "typist";

    [Fact]
    public async Task Every_page_is_reached()
    {
        var page = await site.OpenAsync("/");
        await using var context = page.Context;
        await page.GetByText("Nothing needs attention.").WaitForAsync();

        foreach (var name in (string[])["Topics", "Groups", "Brokers", "Storage", "Access", "Activity", "Overview"])
        {
            await PressAsync(page, name, "nav");
            await page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 }).WaitForAsync();
        }

        await PressAsync(page, "Brokers", "nav");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Brokers", Level = 1 }).WaitForAsync();
        await PressAsync(page, "Broker 0");
        await page.GetByText("Append buffer").First.WaitForAsync();
        await OpenAsync(page, "Drain");
        await page.Keyboard.TypeAsync("0");
        await page.Locator("dialog button[type=submit]:enabled").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("No other live broker takes leadership").WaitForAsync();
        await page.Keyboard.PressAsync("Escape");
        await ClosedAsync(page);
    }

    [Fact]
    public async Task A_topic_goes_through_its_life()
    {
        var page = await site.OpenAsync("/topics");
        await using var context = page.Context;
        await PressAsync(page, "Records");
        await page.WaitForURLAsync("**/topics?sort=-records");

        await OpenAsync(page, "Create topic");
        await TypeAsync(page, Topic);
        await page.GetByRole(AriaRole.Heading, new() { Name = Topic }).WaitForAsync();

        await OpenAsync(page, "Produce");
        await FocusAsync(page, "Value");
        await page.Keyboard.TypeAsync("typed");
        await PressAsync(page, "Produce");
        await ClosedAsync(page);
        await PressAsync(page, "Read");
        await page.GetByText("typed").WaitForAsync();
        await FocusAsync(page, "0");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Complementary, new() { Name = "Message" }).WaitForAsync();
        await PressAsync(page, "hex");
        await PressAsync(page, "Close");

        await PressAsync(page, "Partitions");
        await page.GetByText("End offset").WaitForAsync();
        await PressAsync(page, "Objects");
        await FocusAsync(page, "Log of partition 0");
        await page.Keyboard.PressAsync("ArrowRight");
        await page.GetByText("Newest record").WaitForAsync();

        await PressAsync(page, "Settings");
        await OpenAsync(page, "Change retention.ms");
        await page.Keyboard.PressAsync("Control+a");
        await TypeAsync(page, "3600000");
        await page.GetByText("this topic").WaitForAsync();
        await PressAsync(page, "Reset retention.ms");
        await page.GetByText("this topic").WaitForAsync(new() { State = WaitForSelectorState.Hidden });

        await OpenAsync(page, "Add partitions");
        await page.Keyboard.PressAsync("Control+a");
        await TypeAsync(page, "3");
        await page.GetByText("3 partitions").WaitForAsync();

        await OpenAsync(page, "Empty");
        await TypeAsync(page, Topic);
        await page.GetByText("3 partitions, 0 records").WaitForAsync();

        await OpenAsync(page, "Delete");
        await TypeAsync(page, Topic);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Topics" }).WaitForAsync();
    }

    [Fact]
    public async Task A_group_is_reset_forgotten_and_deleted()
    {
        await site.CommitAsync(Group, 5);
        var page = await site.OpenAsync("/groups");
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = Group, Exact = true }).WaitForAsync();
        await PressAsync(page, Group);
        await page.GetByRole(AriaRole.Heading, new() { Name = Group }).WaitForAsync();

        await OpenAsync(page, "Reset offsets");
        await FocusAsync(page, "To");
        await page.Keyboard.PressAsync("ArrowDown");
        await PressAsync(page, "Preview");
        await page.GetByText("+45").First.WaitForAsync();
        await FocusAsync(page, "To");
        await page.Keyboard.TypeAsync("an offset");
        await FocusAsync(page, "Offset");
        await page.Keyboard.TypeAsync("12");
        await PressAsync(page, "Preview");
        await page.GetByText("+7").First.WaitForAsync();
        await PressAsync(page, "Set offsets");
        await ClosedAsync(page);
        Assert.Equal(12, await site.CommittedAsync(Group));

        await OpenAsync(page, "Delete offsets");
        await TypeAsync(page, DevSite.Topic);
        await page.GetByText("There is no such group").WaitForAsync();
        await site.CommitAsync(Group, 5);
        await page.GetByText("Committed").WaitForAsync();
        await OpenAsync(page, "Delete group");
        await TypeAsync(page, Group);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Groups" }).WaitForAsync();
    }
}
