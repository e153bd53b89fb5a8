using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The executable that <c>dotnet publish</c> makes, on a root file system that cannot be written to, as a user without rights.</summary>
[Trait("Category", "Long")]
public sealed class PublishedExecutableTests : IDisposable
{
    // A root of its own, with the executable's folder, the system's libraries, and a folder to write to where one is named.
    private const string OnReadOnlyRoot = """
        set -e
        root="$1" application="$2" writable="$3" user="$4"
        shift 4
        mount -t tmpfs -o mode=755 root "$root"
        for folder in /lib /lib64 /usr/lib /etc/ssl /proc /dev; do
            if [ -d "$folder" ]; then mkdir -p "$root$folder"; mount --rbind "$folder" "$root$folder"; fi
        done
        mkdir "$root/app"
        mount --bind "$application" "$root/app"
        mount -o remount,bind,ro "$root/app"
        if [ -n "$writable" ]; then mkdir "$root$writable"; mount -t tmpfs -o mode=777 writable "$root$writable"; fi
        mount -o remount,ro "$root"
        exec setpriv --no-new-privs chroot "--userspec=$user" "$root" /app/kafscale "$@"
        """;

    private const string ReadyLineStart = "Kafscale is ready:";

    private static readonly TimeSpan PublishTimeout = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly Lazy<Task<string>> AsOneFile = new(() => PublishAsync(hasNativeLibrariesInside: true));
    private static readonly Lazy<Task<string>> WithLibrariesBeside = new(PublishBesideAsync);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task It_serves_and_is_a_client_on_a_read_only_root(bool hasNativeLibrariesInside)
    {
        var published = await (hasNativeLibrariesInside ? AsOneFile : WithLibrariesBeside).Value;
        var (kafka, http) = (FreePort.Next(), FreePort.Next());

        // SQLite and the objects are in the one folder that can be written to; so are native libraries that come out of the executable.
        await using var broker = Start(
            published, "/data", ["dev", "--data-dir", "/data/dev", "--listen", $"127.0.0.1:{kafka}", "--http", $"127.0.0.1:{http}"]);
        using var deadline = new CancellationTokenSource(Patience);
        string? line;
        while ((line = await broker.ReadStandardOutputLineAsync(deadline.Token))?.StartsWith(ReadyLineStart, StringComparison.Ordinal) == false)
        {
        }

        Assert.True(line is not null, broker.Output);

        await RunAsync(published, hasNativeLibrariesInside ? "/data" : "", ["produce", "greetings", "hello", "-b", $"127.0.0.1:{kafka}"]);
        Assert.Contains(
            "hello",
            await RunAsync(published, hasNativeLibrariesInside ? "/data" : "", ["consume", "greetings", "-b", $"127.0.0.1:{kafka}"]),
            StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        Assert.Contains("Kafscale", await client.GetStringAsync(new Uri("/sign-in", UriKind.Relative)), StringComparison.Ordinal);

        broker.Send(Signal.Terminate);
        Assert.Equal(0, await broker.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task It_is_one_file_with_everything_inside_or_the_native_libraries_beside_it()
    {
        Assert.Equal(["kafscale"], FilesOf(await AsOneFile.Value));
        Assert.Equal(["kafscale", "libe_sqlite3.so", "librdkafka.so"], FilesOf(await WithLibrariesBeside.Value));
    }

    private static IEnumerable<string> FilesOf(string folder) =>
        Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal);

    // Both take the same folders for what lies between, so the second waits for the first.
    private static async Task<string> PublishBesideAsync()
    {
        await AsOneFile.Value;
        return await PublishAsync(hasNativeLibrariesInside: false);
    }

    private static async Task<string> PublishAsync(bool hasNativeLibrariesInside)
    {
        var folder = RepositoryRoot.File("artifacts", hasNativeLibrariesInside ? "published-file" : "published-folder");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var (exitCode, output) = await RunningProcess.RunAsync(
            "dotnet",
            [
                "publish", RepositoryRoot.File("src", "Kafscale.Cli"), "-r", "linux-x64", "-p:PublishProfile=executable", $"-p:PublishDir={folder}/",
                $"-p:IncludeNativeLibrariesForSelfExtract={hasNativeLibrariesInside}",
                // To compile .NET again takes minutes, and makes no difference but to the time of a start.
                "-p:PublishReadyToRunComposite=false",
            ],
            PublishTimeout);
        Assert.True(exitCode == 0, output);
        return folder;
    }

    private RunningProcess Start(string application, string writable, IEnumerable<string> arguments)
    {
        var root = Directory.CreateDirectory(_folder.File(Guid.NewGuid().ToString("N"))).FullName;
        // Who is not root here is root in namespaces of his own, and has nobody else to be.
        string[] namespaces = Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
        return RunningProcess.Start(
            "unshare",
            [.. namespaces, "sh", "-c", OnReadOnlyRoot, "run", root, application, writable, Environment.IsPrivilegedProcess ? "1654:1654" : "0:0", .. arguments],
            new Dictionary<string, string> { ["DOTNET_EnableDiagnostics"] = "0", ["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = "/data", ["HOME"] = "/nowhere" });
    }

    private async Task<string> RunAsync(string application, string writable, IEnumerable<string> arguments)
    {
        await using var process = Start(application, writable, arguments);
        Assert.True(await process.WaitForExitAsync(Patience) == 0, process.Output);
        return process.Output;
    }
}
