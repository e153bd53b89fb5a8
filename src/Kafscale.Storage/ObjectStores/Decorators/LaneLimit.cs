namespace Kafscale.Storage.ObjectStores.Decorators;

/// <summary>How much of one kind of work is in progress at a time.</summary>
/// <param name="Requests">Requests at a time; at least 1.</param>
/// <param name="Bytes">Bytes that these read or write together; at least 1.</param>
/// <param name="Queued">Requests that may wait; further ones fail with <see cref="ObjectStoreFailure.Throttled"/>.</param>
public sealed record LaneLimit(int Requests, long Bytes = long.MaxValue, int Queued = 10_000);
