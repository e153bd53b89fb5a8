using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests;

/// <summary>
/// A broker for all tests of one class, with its records in a folder. When they are over, it must not have reported a failure of its own.
/// </summary>
public class BrokerFixture : IAsyncLifetime
{
    private BrokerProcess? _broker;

    /// <summary>The running broker.</summary>
    public BrokerProcess Broker => _broker ?? throw new InvalidOperationException("The fixture is not initialized.");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _broker = await StartBrokerAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_broker is null)
        {
            return;
        }

        try
        {
            var exitCode = await _broker.StopAsync();
            var failures = _broker.Output.Split('\n').Where(line => line.Contains(" fail: ", StringComparison.Ordinal) || line.Contains(" crit: ", StringComparison.Ordinal));
            Assert.Empty(failures);
            Assert.Equal(0, exitCode);
        }
        finally
        {
            await _broker.DisposeAsync();
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Starts the broker.</summary>
    protected virtual Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartDevAsync();
}
