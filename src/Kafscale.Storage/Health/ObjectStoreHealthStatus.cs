namespace Kafscale.Storage.Health;

/// <summary>A state that an object store is, or was, in.</summary>
/// <param name="State">The state.</param>
/// <param name="Since">When it began.</param>
/// <param name="Reason">What was seen of the store, as a sentence for a person.</param>
/// <param name="Ended">Cancelled when another state begins.</param>
public sealed record ObjectStoreHealthStatus(ObjectStoreHealthState State, DateTimeOffset Since, string Reason, CancellationToken Ended)
{
    /// <summary>Whether requests that need the store are taken.</summary>
    public bool IsHealthy => State == ObjectStoreHealthState.Healthy;
}
