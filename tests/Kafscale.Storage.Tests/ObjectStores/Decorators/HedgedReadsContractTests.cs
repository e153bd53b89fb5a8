using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.Decorators;

namespace Kafscale.Storage.Tests.ObjectStores.Decorators;

/// <summary>A store all of whose reads are hedged at once, and of whose requests some are slow.</summary>
public sealed class HedgedReadsContractTests : ObjectStoreContract
{
    private static readonly HedgingOptions AtOnce = new() { MinSamples = 1, MaxShare = 1, Quantile = 0, ShortestDelay = TimeSpan.Zero };

    private readonly ObjectStoreMetrics _metrics = new(new ObjectStorePrices());

    protected override ValueTask<IObjectStore> OpenAsync()
    {
        var inner = new InterceptedStore(new MemoryObjectStore(TimeProvider.System));
        inner.Before = async (operation, _, cancellationToken) =>
        {
            if (operation == ObjectStoreOperation.Get && inner.Begun % 5 == 0)
                await Task.Delay(inner.Begun % 3, cancellationToken);
        };
        return ValueTask.FromResult<IObjectStore>(new HedgingObjectStore(inner, AtOnce, TimeProvider.System, _metrics));
    }

    protected override ValueTask CloseAsync()
    {
        _metrics.Dispose();
        return ValueTask.CompletedTask;
    }
}
