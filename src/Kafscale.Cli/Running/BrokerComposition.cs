using Kafscale.Broker.Configuration;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running;

/// <summary>Where the stores that a configuration names and the broker that stands on them are put together.</summary>
internal sealed class BrokerComposition : IRunningBroker
{
    // In the order of their creation; released in the opposite one.
    private readonly Stack<StoreLock> _locks;
    private readonly IRunningBroker _broker;

    private BrokerComposition(Stack<StoreLock> locks, IRunningBroker broker)
    {
        _locks = locks;
        _broker = broker;
    }

    public ListenAddress Listener => _broker.Listener;

    public IReadOnlyList<string> NotReadyReasons => _broker.NotReadyReasons;

    public Task Completion => _broker.Completion;

    /// <summary>Composes and starts everything but the HTTP endpoints.</summary>
    public static async Task<IRunningBroker> StartAsync(
        BrokerConfiguration configuration, ILoggerFactory loggerFactory, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        var locks = new Stack<StoreLock>();
        try
        {
            TakeLocks(configuration, locks);
            var broker = await UnconnectedBroker.StartAsync(configuration.Listener, cancellationToken);
            return new BrokerComposition(locks, broker);
        }
        catch (Exception e)
        {
            Release(locks);
            ListenErrors.ThrowIfAboutAddress(e, "broker.addr", configuration.Listener);
            throw;
        }
    }

    public Task StopAsync(CancellationToken deadline) => _broker.StopAsync(deadline);

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Release(_locks);
    }

    private static void TakeLocks(BrokerConfiguration configuration, Stack<StoreLock> locks)
    {
        foreach (var store in (ReadOnlySpan<StoreLocation>)[configuration.MetadataStore, configuration.ObjectStore])
        {
            if (store.Kind != StoreKind.Memory)
            {
                locks.Push(StoreLock.Take(store.Path));
            }
        }
    }

    private static void Release(Stack<StoreLock> locks)
    {
        while (locks.TryPop(out var held))
        {
            held.Dispose();
        }
    }
}
