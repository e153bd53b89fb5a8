using System.Text;
using System.Text.Json;
using Kafscale.Cli.Commands;
using Kafscale.Testing;

[assembly: AssemblyFixture(typeof(Kafscale.Cli.Tests.Commands.TestBroker))]

namespace Kafscale.Cli.Tests.Commands;

/// <summary>Runs client commands in this process against a real broker.</summary>
public abstract class ClientCommandTests(TestBroker broker) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly CancellationTokenSource _stop = new();

    protected string BootstrapServers => broker.BootstrapServers;

    /// <summary>A topic that no other test has.</summary>
    protected string Topic { get; } = $"topic-{Guid.NewGuid():n}";

    /// <summary>A group that no other test has.</summary>
    protected string Group { get; } = $"group-{Guid.NewGuid():n}";

    protected TemporaryFolder Folder { get; } = new();

    /// <summary>Whether commands are told of the broker by their environment.</summary>
    protected bool NamesBroker { get; set; } = true;

    /// <summary>The environment of the commands.</summary>
    protected Dictionary<string, string> Variables { get; } = [];

    public virtual void Dispose()
    {
        _stop.Dispose();
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Does what Ctrl-C does.</summary>
    protected Task StopAsync() => _stop.CancelAsync();

    /// <summary>Runs a command that goes well.</summary>
    /// <returns>What it wrote to its standard output.</returns>
    protected async Task<string> RunAsync(params string[] arguments)
    {
        var result = await StartAsync(arguments);
        Assert.True(result.ExitCode == 0, $"{string.Join(' ', arguments)}: {result.ExitCode} {result.Output} {result.Error}");
        return result.Output;
    }

    /// <summary>Runs a command that fails.</summary>
    /// <returns>What it wrote, to both outputs.</returns>
    protected async Task<string> FailAsync(params string[] arguments)
    {
        var result = await StartAsync(arguments);
        Assert.True(result.ExitCode == 1, $"{string.Join(' ', arguments)}: {result.ExitCode} {result.Output} {result.Error}");
        return result.Output + result.Error;
    }

    /// <summary>Runs a command that goes well and prints JSON.</summary>
    protected async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        using var document = JsonDocument.Parse(await RunAsync([.. arguments, "--output", "json"]));
        return document.RootElement.Clone();
    }

    /// <summary>Runs a command.</summary>
    /// <param name="arguments">Its arguments; the broker is added.</param>
    /// <param name="input">What it finds at its standard input.</param>
    internal async Task<CommandResult> StartAsync(string[] arguments, Stream? input = null)
    {
        var error = new StringWriter { NewLine = "\n" };
        var bytes = new MemoryStream();
        var output = new StreamWriter(bytes, new UTF8Encoding(false)) { NewLine = "\n", AutoFlush = true };
        var surroundings = new Surroundings(
            output, TextWriter.Synchronized(error), Variables, TimeProvider.System, _stop.Token, InputBytes: () => input ?? Stream.Null, OutputBytes: () => new KeptOpenStream(bytes));
        if (NamesBroker)
        {
            Variables.TryAdd("KAFSCALE_CLIENT_BOOTSTRAP_SERVERS", BootstrapServers);
        }

        Variables.TryAdd("HOME", Folder.Path);
        var exitCode = await new CommandLine(surroundings, (_, _, _, _, _) => throw new InvalidOperationException("Nothing is to be started."))
            .RunAsync(arguments).WaitAsync(Patience);
        return new CommandResult(exitCode, bytes.ToArray(), error.ToString());
    }

    /// <summary>The words of each line.</summary>
    protected static IEnumerable<string[]> Cells(string output) =>
        output.Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
