using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>Headless Chromium, with pages of people who are signed in to a console or not.</summary>
public sealed class HeadlessBrowser : IAsyncDisposable
{
    private const float PatienceMs = 30_000;

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly Uri _console;
    private string? _state;

    private HeadlessBrowser(IPlaywright playwright, IBrowser browser, Uri console)
    {
        _playwright = playwright;
        _browser = browser;
        _console = console;
    }

    /// <summary>Starts it.</summary>
    /// <param name="console">The address of the console that paths are of.</param>
    public static async Task<HeadlessBrowser> StartAsync(Uri console)
    {
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        var playwright = await Playwright.CreateAsync();
        return new HeadlessBrowser(
            playwright, await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Args = ["--no-sandbox"] }), console);
    }

    /// <summary>Keeps what signs in for all pages that are opened from now on.</summary>
    /// <param name="signIn">Signs in on a page, and waits until it is.</param>
    public async Task SignInAsync(Func<IPage, Task> signIn)
    {
        var page = await OpenAsync("/sign-in", isSignedIn: false);
        await signIn(page);
        _state = await page.Context.StorageStateAsync();
        await page.Context.DisposeAsync();
    }

    /// <summary>Opens a page, in a window of its own.</summary>
    /// <param name="path">Which page.</param>
    /// <param name="scheme">Light or dark.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="height">Of the window.</param>
    /// <param name="isSignedIn">Whether somebody has signed in.</param>
    public async Task<IPage> OpenAsync(string path, ColorScheme scheme = ColorScheme.Light, int width = 1280, int height = 800, bool isSignedIn = true)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            StorageState = isSignedIn ? _state : null,
            ColorScheme = scheme,
            BaseURL = _console.ToString(),
            ViewportSize = new() { Width = width, Height = height },
        });
        context.SetDefaultTimeout(PatienceMs);
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
