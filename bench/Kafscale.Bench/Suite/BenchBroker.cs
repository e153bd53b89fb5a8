using Kafscale.Testing;
using Kafscale.Testing.Rados;

namespace Kafscale.Bench.Suite;

/// <summary>A fresh broker process, and the S3 server of its records where it has one.</summary>
internal sealed class BenchBroker : IAsyncDisposable
{
    // What kafscale broker has by default, and its tests have not.
    private const string FlushInterval = "KAFSCALE_FLUSH_INTERVAL_MS";
    private const string DefaultFlushInterval = "250";

    private readonly BrokerProcess _process;
    private readonly RadosGateway? _gateway;

    private BenchBroker(BrokerProcess process, RadosGateway? gateway)
    {
        _process = process;
        _gateway = gateway;
    }

    public int Port => _process.Port;

    public int ProcessId => _process.ProcessId;

    public string BootstrapServers => _process.BootstrapServers;

    public Uri HttpAddress => _process.HttpAddress;

    /// <param name="build">The broker.</param>
    /// <param name="store">Where its records are.</param>
    /// <param name="settings">Environment variables of it.</param>
    public static async Task<BenchBroker> StartAsync(BrokerBuild build, Store store, IReadOnlyDictionary<string, string> settings)
    {
        switch (store)
        {
            case Store.Memory:
                return new BenchBroker(await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument], settings, build.Executable), null);
            case Store.File:
                return new BenchBroker(await BrokerProcess.StartDevAsync([], settings, build.Executable), null);
            default:
                // One for each broker, because what brokers leave behind would fill it.
                var gateway = await RadosGateway.StartAsync();
                try
                {
                    var variables = new Dictionary<string, string>(settings);
                    variables.TryAdd(FlushInterval, DefaultFlushInterval);
                    var bucket = await gateway.CreateBucketAsync();
                    return new BenchBroker(await BrokerProcess.StartOnS3Async(bucket, [], variables, build.Executable), gateway);
                }
                catch
                {
                    await gateway.DisposeAsync();
                    throw;
                }
        }
    }

    /// <summary>Starts another process on the same records, with nothing in its cache.</summary>
    public async Task RestartAsync()
    {
        await _process.StopAsync();
        await _process.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }
    }
}
