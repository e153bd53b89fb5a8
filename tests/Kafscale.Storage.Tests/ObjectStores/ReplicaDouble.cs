using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Tests.ObjectStores;

/// <summary>A store in memory that takes note of what it is asked, and whose reads a test can hold back or let fail.</summary>
internal sealed class ReplicaDouble : IObjectStore
{
    private readonly MemoryObjectStore _objects = new(TimeProvider.System);
    private int _reads;
    private int _others;

    /// <summary>Reads, whether they succeeded or not.</summary>
    public int Reads => Volatile.Read(ref _reads);

    /// <summary>Everything else that this store was asked.</summary>
    public int Others => Volatile.Read(ref _others);

    /// <summary>Awaited by every read before it looks at the object.</summary>
    public Func<CancellationToken, Task>? BeforeRead { get; set; }

    /// <summary>Puts an object there as replication does, or a test's preparation.</summary>
    public ValueTask ReplicateAsync(string key, byte[] body) =>
        _objects.PutAsync(key, new ReadOnlySequence<byte>(body), PutCondition.None, CancellationToken.None);

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _others);
        return _objects.PutAsync(key, body, condition, cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        if (BeforeRead is { } beforeRead)
            await beforeRead(cancellationToken);
        return await _objects.ReadAsync(key, offset, destination, cancellationToken);
    }

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _others);
        return _objects.HeadAsync(key, cancellationToken);
    }

    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _others);
        return _objects.ListAsync(prefix, startAfter, cancellationToken);
    }

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _others);
        return _objects.DeleteAsync(keys, cancellationToken);
    }
}
