using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests;

/// <summary>The built executable as several processes: <c>kafscale dev --brokers</c>.</summary>
public sealed class DevClusterExecutableTests : IDisposable
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
    public async Task Nothing_outlives_a_command_that_is_killed()
    {
        await using var cluster = await DevClusterProcess.StartAsync(_folder.File("data"));
        var etcd = ProcessesWith(_folder.File("data"), but: Environment.ProcessId).ToList();
        Assert.NotEmpty(etcd);

        await cluster.KillAsync();

        foreach (var id in cluster.BrokerProcessIds.Concat(etcd))
        {
            await Eventually.HoldsAsync(() => !IsRunning(id), Patience);
        }
    }

    [Fact]
    public async Task A_broker_hands_over_everything_and_takes_its_share_again()
    {
        await using var cluster = await DevClusterProcess.StartAsync(_folder.File("data"));
        var drain = new Uri(cluster.HttpAddresses[0], "/admin/drain");

        using var drained = await _client.PostAsync(drain, content: null);
        Assert.Equal(HttpStatusCode.OK, drained.StatusCode);
        Assert.Equal((true, 0), await ShardsLedAsync(cluster, 0));
        Assert.Equal(50, (await ShardsLedAsync(cluster, 1)).Led + (await ShardsLedAsync(cluster, 2)).Led);

        using var ended = await _client.DeleteAsync(drain);
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        await Eventually.HoldsAsync(async () => await ShardsLedAsync(cluster, 0) is (false, > 0), Patience);
    }

    [Fact]
    public async Task Without_etcd_it_says_how_to_get_it()
    {
        var (exitCode, output) = await RunAsync(new Dictionary<string, string> { ["PATH"] = _folder.Path }, "--brokers", "3");

        Assert.Equal(1, exitCode);
        Assert.StartsWith("kafscale dev could not start: several brokers need etcd, which is not on the PATH. Install it:", output, StringComparison.Ordinal);
        Assert.Equal(1, output.Count(character => character == '\n'));
    }

    [Fact]
    public async Task A_broker_that_cannot_start_ends_everything_with_its_message()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;

        var (exitCode, output) = await RunAsync(new Dictionary<string, string>(), "--brokers", "3", "--listen", $"127.0.0.1:{port}");

        Assert.Equal(1, exitCode);

        // The ports after it may be taken as well.
        Assert.Matches(@"\[\d\] kafscale broker could not start: 127\.0\.0\.1:\d+ \(broker\.addr\) is in use by another process\.\n", output);
        Assert.Matches(@"kafscale dev could not start: broker \d ended with 1; what it said is above\.\n$", output);
        Assert.Empty(ProcessesWith(_folder.File("data"), but: Environment.ProcessId));
    }

    [Theory]
    [InlineData("exclude each other", "--brokers", "3", "--in-memory")]
    [InlineData("--brokers must be a number from 1 to 9.", "--brokers", "0")]
    public async Task What_cannot_be_is_refused(string reason, params string[] arguments)
    {
        var (exitCode, output) = await RunAsync(new Dictionary<string, string>(), arguments);

        Assert.Equal(1, exitCode);
        Assert.Contains(reason, output, StringComparison.Ordinal);
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static IEnumerable<int> ProcessesWith(string argument, int but)
    {
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                if (process.Id != but && CommandLineOf(process.Id).Contains(argument, StringComparison.Ordinal))
                {
                    yield return process.Id;
                }
            }
        }
    }

    private static string CommandLineOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline");
        }
        catch (IOException)
        {
            // It has ended.
            return "";
        }
    }

    private async Task<(bool IsDraining, int Led)> ShardsLedAsync(DevClusterProcess cluster, int broker)
    {
        using var status = JsonDocument.Parse(await _client.GetStringAsync(new Uri(cluster.HttpAddresses[broker], "/admin/status")));
        return (status.RootElement.GetProperty("isDraining").GetBoolean(), status.RootElement.GetProperty("leaders").GetProperty("groupShardsLed").GetInt32());
    }

    private Task<(int ExitCode, string Output)> RunAsync(Dictionary<string, string> environment, params string[] arguments) => RunningProcess.RunAsync(
        BrokerProcess.Executable,
        ["dev", "--http", "127.0.0.1:0", .. arguments],
        Patience,
        environment,
        _folder.Path);
}
