using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests;

/// <summary>A store in memory that counts reads, and can hold them back and let them fail.</summary>
internal sealed class CountingStore : IObjectStore
{
    private readonly MemoryObjectStore _objects = new(TimeProvider.System);
    private int _reads;
    private long _bytesRead;

    public int Reads => _reads;

    public long BytesRead => _bytesRead;

    /// <summary>Awaited by every read before it looks at the object.</summary>
    public Func<string, long, int, Task>? BeforeRead { get; set; }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        _objects.PutAsync(key, body, condition, cancellationToken);

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        Interlocked.Add(ref _bytesRead, destination.Length);
        if (BeforeRead is { } beforeRead)
            await beforeRead(key, offset, destination.Length);
        return await _objects.ReadAsync(key, offset, destination, cancellationToken);
    }

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => _objects.HeadAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        _objects.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => _objects.DeleteAsync(keys, cancellationToken);
}
