using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests;

/// <summary>A store that counts its operations, and lets a test hold them up and let them fail, before they take effect or after.</summary>
/// <remarks>For a listing, every object is an operation of its own, under the key of the one before it.</remarks>
/// <param name="inner">The store; one in memory where there is none.</param>
internal sealed class InterceptedStore(IObjectStore? inner = null) : IObjectStore
{
    private readonly IObjectStore _inner = inner ?? new MemoryObjectStore(TimeProvider.System);
    private int _begun;
    private int _reads;
    private long _bytesRead;

    /// <summary>Operations that were begun.</summary>
    public int Begun => Volatile.Read(ref _begun);

    /// <summary>Those of them that read objects.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Bytes that were to be read.</summary>
    public long BytesRead => Volatile.Read(ref _bytesRead);

    /// <summary>Awaited by every read, which has a key, an offset and a length, before it looks at the object.</summary>
    public Func<string, long, int, Task>? BeforeRead { get; set; }

    public Func<ObjectStoreOperation, string, CancellationToken, ValueTask>? Before { get; set; }

    public Func<ObjectStoreOperation, string, CancellationToken, ValueTask>? After { get; set; }

    /// <summary>Puts an object there by no operation of this store's.</summary>
    public ValueTask PlaceAsync(string key, byte[] body) => _inner.PutAsync(key, Bodies.Whole(body), PutCondition.None, CancellationToken.None);

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Put, key, cancellationToken);
        await _inner.PutAsync(key, body, condition, cancellationToken);
        await EndAsync(ObjectStoreOperation.Put, key, cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _bytesRead, destination.Length);
        await BeginAsync(ObjectStoreOperation.Get, key, cancellationToken);
        if (BeforeRead is { } beforeRead)
            await beforeRead(key, offset, destination.Length);
        var length = await _inner.ReadAsync(key, offset, destination, cancellationToken);
        await EndAsync(ObjectStoreOperation.Get, key, cancellationToken);
        return length;
    }

    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Head, key, cancellationToken);
        var properties = await _inner.HeadAsync(key, cancellationToken);
        await EndAsync(ObjectStoreOperation.Head, key, cancellationToken);
        return properties;
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.List, startAfter ?? "", cancellationToken);
        await foreach (var properties in _inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            yield return properties;
            await BeginAsync(ObjectStoreOperation.List, properties.Key, cancellationToken);
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await BeginAsync(ObjectStoreOperation.Delete, string.Join('\n', keys), cancellationToken);
        await _inner.DeleteAsync(keys, cancellationToken);
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
