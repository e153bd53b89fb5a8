namespace Kafscale.Bench.Suite;

/// <summary>What a case measures.</summary>
internal enum Operation
{
    Produce,
    FetchFromCache,

    /// <summary>What the broker's cache does not have; on stores that outlive a broker, after a restart.</summary>
    FetchFromStore,
    ClientProduce,
    ClientConsume,
}
