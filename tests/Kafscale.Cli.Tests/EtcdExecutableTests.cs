using Kafscale.Testing;
using Kafscale.Testing.Etcd;

namespace Kafscale.Cli.Tests;

/// <summary>The built executable with its metadata in etcd.</summary>
public sealed class EtcdExecutableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_broker_is_ready_on_etcd_stops_and_starts_again_on_what_is_there()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var broker = await BrokerProcess.StartBrokerAsync(Arguments(etcd.Endpoints[0].OriginalString));
        Assert.Equal(0, await broker.StopAsync());
        var keys = await etcd.RunEtcdctlAsync("get", "/kafscale/default/", "--prefix", "--keys-only");

        await broker.StartAsync();

        Assert.Contains("/kafscale/default/cluster", keys, StringComparison.Ordinal);
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task Where_etcd_is_not_there_the_start_fails_with_one_line()
    {
        var address = $"http://127.0.0.1:{FreePort.Next()}";

        var (exitCode, output) = await RunningProcess.RunAsync(
            BrokerProcess.Executable,
            ["broker", .. Arguments(address), "--etcd-request-timeout-ms", "5000", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0"],
            TimeSpan.FromSeconds(60));

        Assert.Equal(1, exitCode);
        Assert.Equal(
            $"kafscale broker could not start: etcd at {address} cannot be reached: Connection refused. Check that etcd runs there, and "
            + "etcd.endpoints.\n",
            output);
    }

    private string[] Arguments(string endpoints) =>
        ["--etcd-endpoints", endpoints, "--object-store", $"file:{_folder.File("objects")}", "--log-level", "warn"];
}
