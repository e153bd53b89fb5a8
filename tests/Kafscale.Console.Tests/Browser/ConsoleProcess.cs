using System.Text.RegularExpressions;
using Kafscale.Testing;
using Microsoft.Playwright;

namespace Kafscale.Console.Tests.Browser;

/// <summary>A real <c>kafscale console</c> with one user; disposal ends it.</summary>
public sealed partial class ConsoleProcess : IAsyncDisposable
{
    private const string User = "admin";
    private const string Password = "a password of some length";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly RunningProcess _process;

    private ConsoleProcess(RunningProcess process, Uri address)
    {
        _process = process;
        Address = address;
    }

    public Uri Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>Everything that it has written.</summary>
    public string Output => _process.Output;

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <param name="bootstrapServers">The brokers that it asks first.</param>
    /// <param name="brokerHttp">Where they answer over HTTP.</param>
    public static async Task<ConsoleProcess> StartAsync(string bootstrapServers, IEnumerable<Uri> brokerHttp)
    {
        var process = RunningProcess.Start(
            BrokerProcess.Executable,
            ["console", "-b", bootstrapServers, "--broker-http", string.Join(',', brokerHttp), "--http", "127.0.0.1:0"],
            new Dictionary<string, string> { ["KAFSCALE_UI_USERNAME"] = User, ["KAFSCALE_UI_PASSWORD"] = Password });
        using var deadline = new CancellationTokenSource(Patience);
        while (await process.ReadStandardOutputLineAsync(deadline.Token) is { } line)
        {
            if (ReadyLine().Match(line) is { Success: true } ready)
            {
                return new ConsoleProcess(process, new Uri(ready.Groups[1].Value));
            }
        }

        throw new InvalidOperationException($"The console was not ready. Its output:\n{process.Output}");
    }

    /// <summary>Signs in by the form, as people do.</summary>
    public static async Task SignInAsync(IPage page)
    {
        await page.GetByLabel("Name").FillAsync(User);
        await page.GetByLabel("Password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview" }).WaitForAsync();
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    [GeneratedRegex("The console is ready: (http://[^,]+),", RegexOptions.CultureInvariant)]
    private static partial Regex ReadyLine();
}
