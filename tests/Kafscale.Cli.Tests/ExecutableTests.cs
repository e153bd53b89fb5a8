using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests;

/// <summary>The built executable as a process of its own.</summary>
public sealed class ExecutableTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Dev_is_ready_when_it_says_so_and_stops_gracefully_by_SIGTERM()
    {
        await using var broker = await BrokerProcess.StartDevAsync();

        Assert.Equal(
            $"Kafscale is ready: Kafka on {broker.BootstrapServers}, HTTP on {broker.HttpAddress.OriginalString}, "
            + $"data in {broker.DataDirectory}. Ctrl-C stops it.",
            broker.ReadyLine);
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, broker.Port);
        Assert.Equal("ok\n", await _client.GetStringAsync(new Uri(broker.HttpAddress, "/readyz")));
        Assert.Contains("\nkafscale_broker_uptime_seconds ", await _client.GetStringAsync(new Uri(broker.HttpAddress, "/metrics")), StringComparison.Ordinal);

        Assert.Equal(0, await broker.StopAsync());
        Assert.Matches($@"^{Regex.Escape(broker.ReadyLine)}\nConsole: {Regex.Escape(broker.HttpAddress.OriginalString)}/sign-in/link\?token=\S+\n$", broker.Output);
    }

    [Fact]
    public async Task Ctrl_C_stops_it_gracefully_too()
    {
        await using var broker = await BrokerProcess.StartDevAsync();

        broker.Send(Signal.Interrupt);

        Assert.Equal(0, await broker.WaitForExitAsync(Patience));
    }

    [Fact]
    public async Task After_SIGKILL_it_starts_again_on_the_same_data_and_ports()
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        var first = broker.ProcessId;

        await broker.KillAsync();
        await broker.StartAsync();

        Assert.NotEqual(first, broker.ProcessId);
        Assert.Equal("ok\n", await _client.GetStringAsync(new Uri(broker.HttpAddress, "/readyz")));
    }

    [Fact]
    public async Task A_second_process_is_kept_off_the_data()
    {
        await using var broker = await BrokerProcess.StartDevAsync();

        var (exitCode, output) = await RunAsync(
            "dev", "--data-dir", broker.DataDirectory, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0");

        Assert.Equal(1, exitCode);
        AssertOneLine($"is in use by another Kafscale process (process {broker.ProcessId}), which holds ", output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("objects")]
    [InlineData("metadata.db")]
    [InlineData("objects.lock")]
    public async Task A_broker_whose_data_are_removed_ends_with_one_line(string removed)
    {
        await using var broker = await BrokerProcess.StartDevAsync();
        var path = Path.Combine(broker.DataDirectory, removed);

        if (Directory.Exists(path))
        {
            Directory.Move(path, _folder.File("elsewhere"));
        }
        else
        {
            File.Delete(path);
        }

        Assert.Equal(1, await broker.WaitForExitAsync(Patience));
        Assert.Contains("kafscale dev failed: " + broker.DataDirectory, broker.Output, StringComparison.Ordinal);
        Assert.Contains(" was removed while the broker ran. Put the data back from a copy, and start it again.", broker.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--listen", "--http", "broker.addr")]
    [InlineData("--http", "--listen", "metrics.addr")]
    public async Task A_port_in_use_is_one_line(string takenFlag, string freeFlag, string key)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var taken = listener.LocalEndpoint.ToString()!;

        var (exitCode, output) = await RunAsync("dev", "--data-dir", _folder.Path, takenFlag, taken, freeFlag, "127.0.0.1:0");

        Assert.Equal(1, exitCode);
        AssertOneLine($"{taken} ({key}) is in use by another process.", output);
    }

    [Fact]
    public async Task Data_that_cannot_be_written_is_one_line()
    {
        await File.WriteAllTextAsync(_folder.File("file"), "");

        var (exitCode, output) = await RunAsync(
            "dev", "--data-dir", _folder.File("file/data"), "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0");

        Assert.Equal(1, exitCode);
        AssertOneLine(_folder.File("file/data"), output);
    }

    [Fact]
    public async Task A_broker_that_is_told_nothing_names_what_it_needs()
    {
        var (exitCode, output) = await RunAsync("broker");

        Assert.Equal(1, exitCode);
        Assert.Contains("KAFSCALE_METADATA", output, StringComparison.Ordinal);
        Assert.Contains("KAFSCALE_OBJECT_STORE", output, StringComparison.Ordinal);
    }

    private static void AssertOneLine(string expected, string output)
    {
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Equal(1, output.Count(character => character == '\n'));
    }

    private Task<(int ExitCode, string Output)> RunAsync(params string[] arguments) =>
        RunningProcess.RunAsync(BrokerProcess.Executable, arguments, Patience, workingDirectory: _folder.Path);
}
