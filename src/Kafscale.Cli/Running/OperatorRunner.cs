using System.Globalization;
using System.Net.Sockets;
using k8s;
using Kafscale.Broker.Telemetry;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running.Logs;
using Kafscale.Operator;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Cli.Running;

/// <summary>Runs the operator from start to stop, and says so.</summary>
internal sealed class OperatorRunner(OperatorConfiguration configuration, Surroundings surroundings)
{
    private const string DefaultNamespace = "default";

    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Runs until <see cref="Surroundings.Stop"/> is cancelled.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="StartFailedException">The address cannot be listened on.</exception>
    public async Task<int> RunAsync()
    {
        using var loggerFactory = ConsoleLogging.Create(configuration.LogFormat, new LogLevels(configuration.LogLevel));
        var client = CreateClientConfiguration();
        client.HttpClientTimeout = RequestTimeout;
        client.UserAgent = KubernetesObjects.FieldManager;
        using var kubernetes = new Kubernetes(client, new CoreGroupHandler());
        var leaderKey = configuration.Options.LeaderKey;
        var options = configuration.Options with
        {
            LeaderKey = leaderKey.Namespace.Length > 0 ? leaderKey : leaderKey with { Namespace = client.Namespace ?? DefaultNamespace },
        };
        var random = ConfiguredStores.CreateRandom();
        // A restarted container has the name of the one before, whose Lease may still run.
        var identity = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{random.Next(0x10000):x4}");
        using var exporter = new PrometheusExporter();
        using var outside = OperatorOutside.Create(surroundings.TimeProvider, random);
        await using var host = new OperatorHost(kubernetes, options, outside, identity, surroundings.TimeProvider, random, loggerFactory);
        await using var server = await ListenAsync(host, exporter, loggerFactory);
        host.Start();
        await surroundings.Output.WriteLineAsync(
            $"The operator is ready: http://{configuration.HttpAddress with { Port = server.Port }}, Lease {options.LeaderKey}, namespaces: {options.Namespace ?? "all"}. Ctrl-C stops it.");
        await surroundings.Output.FlushAsync();
        var stopRequested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = surroundings.Stop.Register(stopRequested.SetResult);
        await await Task.WhenAny(stopRequested.Task, host.Completion);
        return ExitCode.Success;
    }

    private KubernetesClientConfiguration CreateClientConfiguration() => configuration.Kubeconfig is { } file
        ? KubernetesClientConfiguration.BuildConfigFromConfigFile(file)
        : KubernetesClientConfiguration.IsInCluster() ? KubernetesClientConfiguration.InClusterConfig() : KubernetesClientConfiguration.BuildConfigFromConfigFile();

    private async Task<OperatorHttpServer> ListenAsync(OperatorHost host, PrometheusExporter exporter, Microsoft.Extensions.Logging.ILoggerFactory loggerFactory)
    {
        try
        {
            return await OperatorHttpServer.StartAsync(
                await configuration.HttpAddress.ResolveAsync(surroundings.Stop), () => !host.Completion.IsCompleted, writer => exporter.WriteTo(writer), loggerFactory, surroundings.Stop);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            ListenErrors.ThrowIfAboutAddress(e, OperatorSettings.HttpAddress.Key, configuration.HttpAddress);
            throw;
        }
    }
}
