namespace Kafscale.Simulation.Clients;

/// <summary>Where a consumer reads.</summary>
internal enum FetchSource
{
    Leader,

    /// <summary>Where the leader sends a consumer of its rack (KIP-392).</summary>
    NearestReplica,

    /// <summary>Any broker, another one each time.</summary>
    AnyBroker,
}
