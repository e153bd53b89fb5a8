using System.Net;
using Kafscale.Clients;
using Kafscale.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kafscale.Console.Tests.Security;

/// <summary>A console of a cluster that does not answer: who may do what is decided before anybody asks the cluster.</summary>
internal sealed class LonelyConsole : IAsyncDisposable
{
    private readonly List<HttpClient> _clients = [];
    private readonly ConsoleServer _console;

    private LonelyConsole(ConsoleServer console) => _console = console;

    public Uri Address => _console.Address!;

    public static async Task<LonelyConsole> StartAsync(Func<ConsoleOptions, ConsoleOptions> with)
    {
        var options = new ConsoleOptions
        {
            Cluster = ClientSettings.Combine([[KeyValuePair.Create(ClientProperties.BootstrapServers, $"127.0.0.1:{FreePort.Next()}")]]),
            BrokerHttpAddresses = [],
        };
        return new LonelyConsole(await ConsoleServer.ListenAsync(
            new IPEndPoint(IPAddress.Loopback, 0), with(options), links: null, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None));
    }

    /// <summary>Somebody with cookies of their own.</summary>
    public HttpClient CreateClient(bool followsRedirects = false)
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = followsRedirects }) { BaseAddress = Address };
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _console.DisposeAsync();
    }
}
