using Kafscale.Testing;

namespace Kafscale.Bench.Suite;

/// <summary>Builds the broker of another revision of the repository.</summary>
internal static class RevisionBuild
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(30);

    // What a broker is built from.
    private static readonly string[] Sources = ["src", "Directory.Build.props", "Directory.Packages.props"];

    /// <summary>The revision before the broker as it is now: the last commit where its sources have been changed since, or the one before they were.</summary>
    public static async Task<string> PreviousAsync()
    {
        if (await GitAsync(["status", "--porcelain", "--", .. Sources]) != "")
        {
            return "HEAD";
        }

        return await GitAsync(["log", "-1", "--format=%H", "--", .. Sources]) + "~1";
    }

    /// <summary>Builds a revision's broker in a folder of its own, where that has not been done before.</summary>
    public static async Task<BrokerBuild> OfAsync(string revision)
    {
        var commit = await GitAsync(["rev-parse", "--verify", "--short", revision + "^{commit}"]);
        var folder = RepositoryRoot.File("artifacts", "against", commit);
        var build = new BrokerBuild(commit, Path.Combine(folder, "artifacts", "bin", "Kafscale.Cli", "release", "kafscale"));
        if (File.Exists(build.Executable))
        {
            return build;
        }

        await Console.Error.WriteLineAsync($"Building the broker of {commit} ...");
        Directory.CreateDirectory(folder);
        var archive = Path.Combine(folder, "sources.tar");
        await GitAsync(["archive", "--format=tar", "-o", archive, commit]);
        await RunAsync("tar", ["-xf", archive, "-C", folder]);

        // A compiler that outlived the build would keep its output open.
        await RunAsync(
            "dotnet",
            [
                "build", Path.Combine(folder, "src", "Kafscale.Cli"), "-c", "Release", "-v", "quiet",
                "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:RunAnalyzers=false",
            ]);
        return build;
    }

    private static async Task<string> GitAsync(IEnumerable<string> arguments) =>
        await RunAsync("git", ["-C", RepositoryRoot.File(), .. arguments]);

    private static async Task<string> RunAsync(string program, string[] arguments)
    {
        var (exitCode, output) = await RunningProcess.RunAsync(program, arguments, Timeout);
        return exitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }
}
