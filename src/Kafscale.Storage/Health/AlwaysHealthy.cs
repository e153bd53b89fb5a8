namespace Kafscale.Storage.Health;

/// <summary>The health of a store that nobody watches.</summary>
public sealed class AlwaysHealthy : IObjectStoreHealth
{
    private readonly TimeProvider _timeProvider;

    /// <summary>Makes it.</summary>
    public AlwaysHealthy(TimeProvider timeProvider)
    {
        Status = new ObjectStoreHealthStatus(ObjectStoreHealthState.Healthy, timeProvider.GetUtcNow(), "The store is not watched.", CancellationToken.None);
        _timeProvider = timeProvider;
    }

    /// <inheritdoc/>
    public ObjectStoreHealthStatus Status { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ObjectStoreHealthStatus> History => [Status];

    /// <inheritdoc/>
    public TimeSpan TimeInState => _timeProvider.GetUtcNow() - Status.Since;

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
