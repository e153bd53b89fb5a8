using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

[Collection(nameof(DevSite))]
public sealed class ActionsTests(DevSite site)
{
    [Fact]
    public async Task A_topic_is_created_configured_widened_emptied_and_deleted()
    {
        var page = await site.OpenAsync("/topics");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await page.GetByRole(AriaRole.Link, new() { Name = DevSite.Topic, Exact = true }).WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Create topic" }).ClickAsync();
        await dialog.GetByLabel("Name", new() { Exact = true }).FillAsync("made-here");
        await dialog.GetByLabel("Partitions").FillAsync("2");
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, "create-topic-light.png") });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "made-here" }).WaitForAsync();

        await page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Change retention.ms" }).ClickAsync();
        await dialog.GetByLabel("Value for made-here").FillAsync("3600000");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set", Exact = true }).ClickAsync();
        await page.GetByText("this topic").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Add partitions" }).ClickAsync();
        await dialog.GetByLabel("Partitions in all").FillAsync("4");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByText("4 partitions").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Empty", Exact = true }).ClickAsync();
        await dialog.GetByLabel("Type made-here to confirm").FillAsync("made-here");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Empty", Exact = true }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true })).ToBeDisabledAsync();
        await dialog.GetByLabel("Type made-here to confirm").FillAsync("made-here");
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, "delete-topic-light.png") });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Topics" }).WaitForAsync();

        await page.GotoAsync("/activity");
        await page.GetByText("delete topic").First.WaitForAsync();
    }

    [Fact]
    public async Task Offsets_are_reset_after_a_preview_and_the_group_is_deleted()
    {
        await site.CommitAsync("resettable", 5);
        var page = await site.OpenAsync("/groups/view?id=resettable");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Reset offsets" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Combobox, new() { Name = "To", Exact = true }).SelectOptionAsync("offset");
        await dialog.GetByRole(AriaRole.Textbox, new() { Name = "Offset" }).FillAsync("12");
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new() { Name = "Set offsets" })).ToBeDisabledAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Preview" }).ClickAsync();
        await dialog.GetByText("+7").First.WaitForAsync();
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, "reset-offsets-light.png") });
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Set offsets" }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        Assert.Equal(12, await site.CommittedAsync("resettable"));

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete group" }).ClickAsync();
        await dialog.GetByLabel("Type resettable to confirm").FillAsync("resettable");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Groups" }).WaitForAsync();
    }

    [Fact]
    public async Task A_drain_that_nobody_can_take_over_is_refused_with_the_reason()
    {
        var page = await site.OpenAsync("/brokers/0");
        await using var context = page.Context;
        var dialog = page.GetByRole(AriaRole.Dialog);

        await page.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();
        await dialog.GetByLabel("Type 0 to confirm").FillAsync("0");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drain", Exact = true }).ClickAsync();

        await dialog.GetByText("No other live broker takes leadership").WaitForAsync();
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough_to_find_a_message()
    {
        var page = await site.OpenAsync("/topics");
        await using var context = page.Context;
        await page.GetByRole(AriaRole.Link, new() { Name = DevSite.Topic, Exact = true }).WaitForAsync();

        await page.Keyboard.PressAsync("/");
        await page.Keyboard.TypeAsync("orde");
        await Assertions.Expect(page.GetByText("1 of")).ToBeVisibleAsync();
        await TabToAsync(page, $"textContent === '{DevSite.Topic}'");
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("100 found").WaitForAsync();
        await TabToAsync(page, "className === 'row'");
        await page.Keyboard.PressAsync("Enter");

        await page.GetByRole(AriaRole.Complementary, new() { Name = "Message" }).WaitForAsync();
    }

    private static async Task TabToAsync(IPage page, string property)
    {
        for (var i = 0; i < 60; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<bool>($"document.activeElement.{property}"))
            {
                return;
            }
        }

        Assert.Fail($"What has {property} cannot be reached by the keyboard.");
    }
}
