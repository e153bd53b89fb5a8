using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>Works a page without a pointer.</summary>
internal static class Keyboard
{
    private const int MaxTabs = 150;

    // Of labels that are longer, the beginning is enough.
    private const int MaxWholeLabel = 8;

    /// <summary>Waits until no dialog is open any more.</summary>
    public static Task ClosedAsync(IPage page) => page.GetByRole(AriaRole.Dialog).WaitForAsync(new() { State = WaitForSelectorState.Hidden });

    /// <summary>Types into an open dialog, which begins in its first field, and has Enter do what its button does.</summary>
    public static async Task TypeAsync(IPage page, string text)
    {
        await page.Keyboard.TypeAsync(text);
        await page.Locator("dialog button[type=submit]:enabled").WaitForAsync();
        await page.Keyboard.PressAsync("Enter");
        await ClosedAsync(page);
    }

    /// <summary>Presses what opens a dialog.</summary>
    public static async Task OpenAsync(IPage page, string name)
    {
        await PressAsync(page, name);
        await page.GetByRole(AriaRole.Dialog).WaitForAsync();
    }

    /// <summary>Goes to something by Tab and presses it by Enter.</summary>
    public static async Task PressAsync(IPage page, string name, string within = "body")
    {
        await FocusAsync(page, name, within);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Goes to something by Tab.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">Its label or text; where that is long, the beginning of it.</param>
    /// <param name="within">A selector of what it is in.</param>
    public static async Task FocusAsync(IPage page, string name, string within = "body")
    {
        // What waits for the page to be live cannot be focused before.
        await page.WaitForFunctionAsync("() => !document.querySelector('main button:disabled') || document.querySelector('dialog[open]')");
        var reached = new List<string>();
        while (reached.Count < MaxTabs)
        {
            await page.Keyboard.PressAsync("Tab");
            var label = await page.EvaluateAsync<string>(
                """
                within => {
                  const element = document.activeElement;
                  // A label has its field in it, and a select its options.
                  const named = (element.labels?.[0] ?? element).cloneNode(true);
                  named.querySelectorAll('input, select, textarea').forEach(field => field.remove());
                  const own = element.getAttribute('aria-label') ?? named.textContent;
                  return element.closest(within) === null ? '' : own.trim();
                }
                """,
                within);
            if (label == name || (name.Length > MaxWholeLabel && label.StartsWith(name, StringComparison.Ordinal)))
            {
                return;
            }

            reached.Add(label);
        }

        Assert.Fail($"{name} cannot be reached by the keyboard, but: {string.Join(", ", reached.Distinct())}.");
    }
}
