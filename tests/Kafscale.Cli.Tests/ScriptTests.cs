using Kafscale.Testing;

namespace Kafscale.Cli.Tests;

/// <summary>The scripts <c>./kafscale</c> and <c>./test</c>.</summary>
public sealed class ScriptTests : IDisposable
{
    // The first run of a clone restores and builds.
    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Kafscale = RepositoryRoot.File("kafscale");

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_builds_where_needed_and_runs_from_anywhere_and_through_a_link()
    {
        File.CreateSymbolicLink(_folder.File("link"), Kafscale);

        // Two first runs at a time do not break each other.
        var runs = await Task.WhenAll(
            RunningProcess.RunAsync(Kafscale, ["--version"], BuildTimeout, workingDirectory: "/"),
            RunningProcess.RunAsync(_folder.File("link"), ["--version"], BuildTimeout, workingDirectory: _folder.Path));

        Assert.All(runs, run => Assert.Equal(0, run.ExitCode));
        Assert.All(runs, run => Assert.Matches(@"(?m)^\d+\.\d+\.\d+", run.Output));

        var (exitCode, output) = await RunningProcess.RunAsync(Kafscale, ["--version"], Patience);
        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("Building", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_process_becomes_the_broker_so_that_signals_reach_it()
    {
        await using var process = RunningProcess.Start(
            Kafscale, ["dev", "--in-memory", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"], workingDirectory: _folder.Path);
        using var deadline = new CancellationTokenSource(BuildTimeout);
        Assert.StartsWith("Kafscale is ready:", await process.ReadStandardOutputLineAsync(deadline.Token), StringComparison.Ordinal);

        Assert.Equal("kafscale\n", await File.ReadAllTextAsync($"/proc/{process.Id}/comm"));
        process.Send(Signal.Terminate);

        Assert.Equal(0, await process.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task Without_the_SDK_it_says_what_to_install()
    {
        // A system without dotnet, as far as the script can see: a folder with the tools it calls, and a copy of it.
        var tools = Directory.CreateDirectory(_folder.File("bin")).FullName;
        foreach (var tool in (string[])["dirname", "readlink", "find", "grep", "mkdir", "bash"])
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), $"/usr/bin/{tool}");
        }

        var script = (await File.ReadAllTextAsync(Kafscale))
            .Replace("/usr/share/dotnet", "/nowhere", StringComparison.Ordinal)
            .Replace("/usr/lib/dotnet", "/nowhere", StringComparison.Ordinal)
            .Replace("/usr/local/share/dotnet", "/nowhere", StringComparison.Ordinal);
        await File.WriteAllTextAsync(_folder.File("kafscale"), script);

        var (exitCode, output) = await RunningProcess.RunAsync(
            "/bin/bash",
            [_folder.File("kafscale"), "dev"],
            Patience,
            new Dictionary<string, string> { ["PATH"] = tools, ["HOME"] = _folder.Path, ["DOTNET_ROOT"] = "" });

        Assert.Equal(1, exitCode);
        Assert.Contains(".NET 10 SDK", output, StringComparison.Ordinal);
        Assert.Contains("dotnet-sdk-10.0", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_test_script_names_an_argument_that_it_does_not_know()
    {
        var (exitCode, output) = await RunningProcess.RunAsync(RepositoryRoot.File("test"), ["--lnog"], Patience);

        Assert.Equal(1, exitCode);
        Assert.Contains("--lnog", output, StringComparison.Ordinal);
    }
}
