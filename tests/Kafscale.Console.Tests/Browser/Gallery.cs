using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>Takes pictures of pages, and looks whether everybody can use them.</summary>
internal static class Gallery
{
    /// <summary>Takes one in light and one in dark; fails where axe-core finds something serious.</summary>
    /// <param name="page">The page, as it is to be seen.</param>
    /// <param name="name">What the pictures' names begin with.</param>
    public static async Task ShowAsync(IPage page, string name)
    {
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, $"{name}-light.png") });
        AssertForEverybody(await page.RunAxe());

        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Dark });
        await page.ScreenshotAsync(new() { Path = Path.Combine(DevSite.Screenshots, $"{name}-dark.png") });
        AssertForEverybody(await page.RunAxe(new AxeRunOptions { RunOnly = RunOnlyOptions.Rules("color-contrast") }));
        await page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }

    private static void AssertForEverybody(AxeResult found) =>
        Assert.Empty(found.Violations.Where(violation => violation.Impact is "serious" or "critical").Select(Describe));

    private static string Describe(AxeResultItem violation) =>
        $"{violation.Id}: {violation.Help}: {string.Join("; ", violation.Nodes.Take(3).Select(node => node.Html))}";
}
