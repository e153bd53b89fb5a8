namespace Kafscale.Storage.Health;

/// <summary>How well an object store serves, as far as that can be told from its recent operations. Ordered from good to bad.</summary>
public enum ObjectStoreHealthState
{
    /// <summary>As it usually does, or nothing is known against it.</summary>
    Healthy,

    /// <summary>It works, but so badly that more load would only make it worse.</summary>
    Degraded,

    /// <summary>It hardly works, or not at all.</summary>
    Unavailable,
}
