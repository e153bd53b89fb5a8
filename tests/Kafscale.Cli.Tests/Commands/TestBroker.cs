using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

/// <summary>The broker that the tests of client commands share; each of them has topics and groups of its own.</summary>
public sealed class TestBroker : IAsyncLifetime
{
    private BrokerProcess? _broker;

    public string BootstrapServers => _broker!.BootstrapServers;

    public async ValueTask InitializeAsync() => _broker = await BrokerProcess.StartDevAsync([BrokerProcess.InMemoryArgument]);

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}
