namespace Kafscale.Storage.Health;

/// <summary>The health of a store that nobody watches.</summary>
public sealed class AlwaysHealthy : IObjectStoreHealth
{
    private AlwaysHealthy()
    {
    }

    /// <summary>The only one.</summary>
    public static AlwaysHealthy Instance { get; } = new();

    /// <inheritdoc/>
    public ObjectStoreHealthStatus Status { get; } =
        new(ObjectStoreHealthState.Healthy, DateTimeOffset.UnixEpoch, "The store is not watched.", CancellationToken.None);

    /// <inheritdoc/>
    public IReadOnlyList<ObjectStoreHealthStatus> History => [Status];

    /// <inheritdoc/>
    public TimeSpan TimeInState => TimeSpan.Zero;

    /// <inheritdoc/>
    public double ErrorRate => 0;

    /// <inheritdoc/>
    public TimeSpan MeanLatency => TimeSpan.Zero;

    /// <inheritdoc/>
    public event Action<ObjectStoreHealthStatus>? Changed
    {
        add { }
        remove { }
    }
}
