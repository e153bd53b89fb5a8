using System.Net.Sockets;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running.Logs;
using Kafscale.Clients;
using Kafscale.Console;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Runs the console from start to stop, and says so.</summary>
internal sealed class ConsoleRunner(
    ListenAddress address,
    ClientSettings cluster,
    IReadOnlyList<string> brokerHttpAddresses,
    bool isReadOnly,
    TimeSpan timeout,
    LogLevel logLevel,
    Surroundings surroundings)
{
    /// <summary>Runs until <see cref="Surroundings.Stop"/> is cancelled.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="StartFailedException">The address cannot be listened on.</exception>
    public async Task<int> RunAsync()
    {
        using var loggerFactory = ConsoleLogging.Create(LogFormat.Console, new LogLevels(logLevel));
        var options = ConsoleSettings.WithAccess(
            new ConsoleOptions { Cluster = cluster, BrokerHttpAddresses = brokerHttpAddresses, IsReadOnly = isReadOnly, Timeout = timeout }, surroundings.Variables);
        await using var console = await StartAsync(options, loggerFactory);
        var passwords = options.Accounts.Count > 0 || options.Oidc is not null ? "" : $" Nobody can sign in: {ConsoleSettings.UserName} and {ConsoleSettings.Password} are not set.";
        await surroundings.Output.WriteLineAsync($"The console is ready: http://{address with { Port = console.Address!.Port }}, cluster {cluster.BootstrapServers}.{passwords} Ctrl-C stops it.");
        await surroundings.Output.FlushAsync();
        await surroundings.WaitForStopAsync();
        return ExitCode.Success;
    }

    private async Task<ConsoleServer> StartAsync(ConsoleOptions options, ILoggerFactory loggerFactory)
    {
        try
        {
            return await ConsoleServer.ListenAsync(
                await address.ResolveAsync(surroundings.Stop), options, links: null, loggerFactory, surroundings.TimeProvider, surroundings.Stop);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            ListenErrors.ThrowIfAboutAddress(e, ConsoleSettings.HttpAddress, address);
            throw;
        }
    }
}
