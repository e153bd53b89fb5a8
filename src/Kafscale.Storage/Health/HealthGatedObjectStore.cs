using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Health;

/// <summary>
/// A store that refuses reads at once while it is not healthy: what waits in front of a store in trouble would keep it there. Behind
/// a cache it lets what is in memory pass, and nothing else.
/// </summary>
/// <param name="inner">The store.</param>
/// <param name="health">How it does.</param>
public sealed class HealthGatedObjectStore(IObjectStore inner, IObjectStoreHealth health) : IObjectStore
{
    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        inner.PutAsync(key, body, condition, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        Refusal(key) is { } refusal ? ValueTask.FromException<int>(refusal) : inner.ReadAsync(key, offset, destination, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) =>
        Refusal(key) is { } refusal ? ValueTask.FromException<ObjectProperties?>(refusal) : inner.HeadAsync(key, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, startAfter, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => inner.DeleteAsync(keys, cancellationToken);

    private ObjectStoreException? Refusal(string key)
    {
        var status = health.Status;
        return status.IsHealthy
            ? null
            : new ObjectStoreException(
                ObjectStoreFailure.Unavailable, $"The object store is {status.State.ToString().ToLowerInvariant()}, so {key} is not read. {status.Reason}");
    }
}
