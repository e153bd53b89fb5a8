using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Running;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _output = new() { NewLine = "\n" };
    private readonly StringWriter _error = new() { NewLine = "\n" };
    private readonly Dictionary<string, string> _variables = [];
    private BrokerConfiguration? _started;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Help_of_dev_shows_what_one_needs_and_examples()
    {
        Assert.Equal(0, await RunAsync("dev", "--help"));

        var help = _output.ToString();
        foreach (var expected in (string[])["--data-dir", "--listen", "--http", "--flush-interval-ms", "--log-level", "--in-memory", "Examples:"])
        {
            Assert.Contains(expected, help, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("--s3-bucket", help, StringComparison.Ordinal);
        Assert.DoesNotContain("--group-max-size", help, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_of_broker_shows_every_setting_that_it_takes_and_no_other()
    {
        Assert.Equal(0, await RunAsync("broker", "--help"));

        foreach (var setting in BrokerSettings.All)
        {
            var isShown = _output.ToString().Contains(setting.Flag + " ", StringComparison.Ordinal)
                || _output.ToString().Contains(setting.Flag + ",", StringComparison.Ordinal);
            Assert.True(
                isShown == (setting.Roles.HasFlag(ServerRole.Broker) && setting.MissingFeature is null), $"{setting.Flag} is shown: {isShown}");
        }
    }

    [Fact]
    public async Task The_version_is_that_of_the_product()
    {
        Assert.Equal(0, await RunAsync("--version"));

        Assert.Matches(@"^\d+\.\d+\.\d+", _output.ToString());
    }

    [Fact]
    public async Task Flags_environment_and_file_come_together()
    {
        var file = _folder.File("broker.yaml");
        await File.WriteAllTextAsync(file, "metadata: sqlite:m.db\nobject.store: file:o\nbroker.id: 1\nbroker.rack: a\nflush.bytes: 1MiB\n");
        _variables["KAFSCALE_CONFIG"] = file;
        _variables["KAFSCALE_BROKER_ID"] = "2";
        _variables["KAFSCALE_BROKER_RACK"] = "b";

        Assert.Equal(0, await RunAsync("broker", "--broker-id", "3", "--http", "127.0.0.1:0", "--listen", "127.0.0.1:7", "--auto-create-topics", "false"));

        Assert.NotNull(_started);
        Assert.Equal((3, "b", 1 << 20), (_started.BrokerId, _started.Rack, _started.FlushBytes));
        Assert.Equal(new ListenAddress("127.0.0.1", 7), _started.Listener);
        Assert.False(_started.AutoCreateTopics);
    }

    [Fact]
    public async Task A_switch_may_stand_alone()
    {
        Assert.Equal(0, await RunAsync("dev", "--in-memory", "--http", "127.0.0.1:0"));

        Assert.Equal(StoreLocation.Memory, _started!.ObjectStore);
    }

    [Fact]
    public async Task Unknown_flags_and_wrong_settings_are_in_one_message()
    {
        _variables["KAFSCALE_NONSENSE"] = "1";

        Assert.Equal(
            1, await RunAsync("broker", "--flush-byte", "1", "--broker-id", "x", "--segment-ms", "--config", _folder.File("none.yaml")));

        var message = _error.ToString();
        Assert.StartsWith("kafscale broker cannot start, because of its settings:\n", message, StringComparison.Ordinal);
        foreach (var expected in (string[])["--flush-byte", "--broker-id", "--segment-ms", "none.yaml", "KAFSCALE_NONSENSE", "metadata", "object.store"])
        {
            Assert.Contains(expected, message, StringComparison.Ordinal);
        }

        Assert.Null(_started);
        Assert.Equal("", _output.ToString());
    }

    [Fact]
    public async Task Unknown_flags_are_named_with_the_ones_that_were_meant_and_their_values_are_no_problem_of_their_own()
    {
        _variables["KAFSCALE_CONFIG"] = "";

        Assert.Equal(1, await RunAsync("dev", "--flush-byte", "8MiB", "--in-memory", "--lisen=:1", "stray", "--cache-bytes", "1GB", "--broker-id", "1", "--broker-id", "2"));

        var lines = _error.ToString().TrimEnd().Split('\n');
        Assert.Equal("kafscale dev cannot start, because of its settings:", lines[0]);
        Assert.Equal(
            [
                "  - --broker-id ",
                "  - --cache-bytes is \"1GB\"; valid: 0 to 1024 GiB, in bytes or with the unit KiB, MiB or GiB.",
                "  - --config or KAFSCALE_CONFIG is empty; valid: the name of a file.",
                "  - --flush-byte is not a setting. Did you mean --flush-bytes?",
                "  - --lisen is not a setting.",
                "  - stray is neither a flag nor the value of one.",
            ],
            lines[1..^1].Select(line => line.Contains("'--broker-id'", StringComparison.Ordinal) ? "  - --broker-id " : line).Order(StringComparer.Ordinal));
        Assert.Null(_started);
    }

    private async Task<int> RunAsync(params string[] arguments)
    {
        // Stopped before it starts: what is of interest is what it would have been started with.
        using var stop = new CancellationTokenSource();
        var surroundings = new Surroundings(_output, _error, _variables, TimeProvider.System, stop.Token);
        StartBroker start = async (configuration, _, _, _, _) =>
        {
            _started = configuration;
            await stop.CancelAsync();
            stop.Token.ThrowIfCancellationRequested();
            return null!;
        };
        return await new CommandLine(surroundings, start).RunAsync(arguments);
    }
}
