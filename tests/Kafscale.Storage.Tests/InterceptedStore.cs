using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests;

/// <summary>A store whose operations can be held up and fail, before they take effect or after.</summary>
/// <remarks>For a listing, every object is an operation of its own, under the key of the one before it.</remarks>
internal sealed class InterceptedStore(IObjectStore inner) : IObjectStore
{
    private int _begun;

    /// <summary>Operations that were begun.</summary>
    public int Begun => _begun;

    public Func<ObjectStoreOperation, string, CancellationToken, ValueTask>? Before { get; set; }

    public Func<ObjectStoreOperation, string, CancellationToken, ValueTask>? After { get; set; }

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Put, key, cancellationToken);
        await inner.PutAsync(key, body, condition, cancellationToken);
        await EndAsync(ObjectStoreOperation.Put, key, cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Get, key, cancellationToken);
        var length = await inner.ReadAsync(key, offset, destination, cancellationToken);
        await EndAsync(ObjectStoreOperation.Get, key, cancellationToken);
        return length;
    }

    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Head, key, cancellationToken);
        var properties = await inner.HeadAsync(key, cancellationToken);
        await EndAsync(ObjectStoreOperation.Head, key, cancellationToken);
        return properties;
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.List, startAfter ?? "", cancellationToken);
        await foreach (var properties in inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            yield return properties;
            await BeginAsync(ObjectStoreOperation.List, properties.Key, cancellationToken);
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Delete, string.Join('\n', keys), cancellationToken);
        await inner.DeleteAsync(keys, cancellationToken);
        await EndAsync(ObjectStoreOperation.Delete, string.Join('\n', keys), cancellationToken);
    }

    private ValueTask BeginAsync(ObjectStoreOperation operation, string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _begun);
        return Before?.Invoke(operation, key, cancellationToken) ?? default;
    }

    private ValueTask EndAsync(ObjectStoreOperation operation, string key, CancellationToken cancellationToken) =>
        After?.Invoke(operation, key, cancellationToken) ?? default;
}
