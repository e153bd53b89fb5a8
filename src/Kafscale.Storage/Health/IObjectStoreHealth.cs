namespace Kafscale.Storage.Health;

/// <summary>How well an object store serves. Thread-safe.</summary>
public interface IObjectStoreHealth
{
    /// <summary>The state now.</summary>
    ObjectStoreHealthStatus Status { get; }

    /// <summary>The latest states, the present one included, oldest first; bounded.</summary>
    IReadOnlyList<ObjectStoreHealthStatus> History { get; }

    /// <summary>How long the present state has lasted.</summary>
    TimeSpan TimeInState { get; }

    /// <summary>The share of operations within the window that failed, from 0 to 1; 0 where there were none.</summary>
    double ErrorRate { get; }

    /// <summary>The mean time to an answer within the window; zero where there was none.</summary>
    TimeSpan MeanLatency { get; }

    /// <summary>Tells of every change of state, on the thread that noticed it.</summary>
    event Action<ObjectStoreHealthStatus>? Changed;
}
