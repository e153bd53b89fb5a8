using System.Globalization;
using System.Net;
using Kafscale.Broker.Telemetry;
using Kafscale.Operator;
using Kafscale.Operator.Etcd;
using Kafscale.Operator.Kubernetes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>
/// The page of metrics of an operator that looks after one cluster and has published a snapshot of its etcd. The operator's own
/// code publishes and serves it; that it works on a real cluster is shown by its own tests.
/// </summary>
internal sealed class OperatorPage : IAsyncDisposable
{
    private readonly PrometheusExporter _exporter = new("Kafscale.Operator");
    private readonly OperatorMetrics _metrics;
    private OperatorHttpServer? _server;

    private OperatorPage()
    {
        var options = new OperatorOptions { Image = "kafscale:1", LeaderKey = new NamespacedName("kafscale", "kafscale-operator") };
        _metrics = new OperatorMetrics(options, TimeProvider.System) { IsLeader = true };
        _metrics.Set(new NamespacedName("shop", "orders"), new EtcdUpkeepState
        {
            SnapshotAt = DateTimeOffset.UnixEpoch,
            ScheduledAt = DateTimeOffset.UnixEpoch,
            IsAccessKnown = true,
        });
        _metrics.CountSnapshot(isPublished: true);
        _metrics.CountReconcile("KafscaleCluster", isDone: true);
    }

    /// <summary>Host and port.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_server!.Port}");

    public static async Task<OperatorPage> StartAsync()
    {
        var page = new OperatorPage();
        page._server = await OperatorHttpServer.StartAsync(
            new IPEndPoint(IPAddress.Loopback, 0), () => true, writer => page._exporter.WriteTo(writer), NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        return page;
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _metrics.Dispose();
        _exporter.Dispose();
    }
}
