using Microsoft.Playwright;

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
        await page.Keyboard.PressAsync("Escape");
        await page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });
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
    public async Task A_group_is_reset_and_deleted()
    {
        await site.CommitAsync(Group, 5);
        var page = await site.OpenAsync("/groups");
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = Group, Exact = true }).WaitForAsync();
        await PressAsync(page, Group);
        await page.GetByRole(AriaRole.Heading, new() { Name = Group }).WaitForAsync();

        await OpenAsync(page, "Reset offsets");
        await PressAsync(page, "Preview");
        await page.GetByText("-5").First.WaitForAsync();
        await PressAsync(page, "Set offsets");
        await ClosedAsync(page);

        await OpenAsync(page, "Delete group");
        await TypeAsync(page, Group);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Groups" }).WaitForAsync();
    }

    private static Task ClosedAsync(IPage page) => page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });

    // A dialog begins in its first field, and Enter does what its button does.
    private static async Task TypeAsync(IPage page, string text)
    {
        await page.Keyboard.TypeAsync(text);
        await page.Locator("dialog button[type=submit]:enabled").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await ClosedAsync(page);
    }

    private static async Task OpenAsync(IPage page, string name)
    {
        await PressAsync(page, name);
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
    }

    private static async Task PressAsync(IPage page, string name, string within = "body")
    {
        await FocusAsync(page, name, within);
        await page.Keyboard.PressAsync("Enter");
    }

    private static async Task FocusAsync(IPage page, string name, string within = "body")
    {
        // What waits for the page to be live cannot be focused before.
        await page.WaitForFunctionAsync("() => !document.querySelector('main button:disabled') || document.querySelector('dialog[open]')");
        for (var i = 0; i < 150; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            var isThere = await page.EvaluateAsync<bool>(
                """
                ([name, within]) => {
                  const element = document.activeElement;
                  const label = element.labels?.[0];
                  const own = element.getAttribute('aria-label') ?? (label ? label.firstChild.textContent : element.textContent);
                  return element.closest(within) !== null && (own.trim() === name || (name.length > 8 && own.trim().startsWith(name)));
                }
                """,
                new[] { name, within });
            if (isThere)
            {
                return;
            }
        }

        Assert.Fail($"{name} cannot be reached by the keyboard.");
    }
}
