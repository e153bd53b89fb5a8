using System.Buffers;
using System.Runtime.CompilerServices;

namespace Kafscale.Storage.ObjectStores;

/// <summary>Objects in memory, for development, tests and simulations: gone with the process.</summary>
/// <param name="timeProvider">The clock of <see cref="ObjectProperties.LastModified"/>.</param>
/// <remarks>The memory of deleted objects is used again for new ones, because memory that is touched for the first time costs more than all that is done with it.</remarks>
public sealed class MemoryObjectStore(TimeProvider timeProvider) : IObjectStore
{
    private const int ListPageSize = 1000;
    private const int SpareBytes = 1024 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly MemoryChunkPool _largeChunks = new(64 * 1024, SpareBytes);
    private readonly MemoryChunkPool _smallChunks = new(4 * 1024, SpareBytes / 16);
    private readonly Dictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        var stored = new StoredObject(new MemoryBody(_largeChunks, _smallChunks, body), timeProvider.GetUtcNow());
        lock (_lock)
        {
            if (_keys.Add(key) || condition == PutCondition.None)
            {
                Remove(key);
                _objects[key] = stored;
                return ValueTask.CompletedTask;
            }
        }

        stored.Body.Release();
        return ValueTask.FromException(new ObjectAlreadyExistsException(key));
    }

    /// <inheritdoc/>
    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        MemoryBody body;
        lock (_lock)
        {
            if (!_objects.TryGetValue(key, out var stored))
                return ValueTask.FromException<int>(new ObjectNotFoundException(key));
            body = stored.Body;
            body.Retain();
        }

        var read = body.CopyTo(offset, destination.Span);
        body.Release();
        return ValueTask.FromResult(read);
    }

    /// <inheritdoc/>
    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKey.Validate(key);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ObjectProperties?>(cancellationToken);
        lock (_lock)
        {
            return ValueTask.FromResult<ObjectProperties?>(
                _objects.TryGetValue(key, out var stored) ? stored.PropertiesOf(key) : null);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var page = NextPage(prefix, startAfter);
            foreach (var properties in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return properties;
            }

            if (page.Count < ListPageSize)
                yield break;
            startAfter = page[^1].Key;
            await ValueTask.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        DeleteLimit.Check(keys);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        lock (_lock)
        {
            foreach (var key in keys)
            {
                Remove(key);
                _keys.Remove(key);
            }
        }

        return ValueTask.CompletedTask;
    }

    // Who reads it goes on reading.
    private void Remove(string key)
    {
        if (_objects.Remove(key, out var stored))
            stored.Body.Release();
    }

    private List<ObjectProperties> NextPage(string prefix, string? startAfter)
    {
        // Keys are ASCII, so nothing that begins with the prefix is greater than this.
        var upperBound = prefix + '\uffff';
        var lowerBound = string.CompareOrdinal(startAfter, prefix) > 0 ? startAfter! : prefix;
        var page = new List<ObjectProperties>();
        if (string.CompareOrdinal(lowerBound, upperBound) > 0)
            return page;
        lock (_lock)
        {
            foreach (var key in _keys.GetViewBetween(lowerBound, upperBound))
            {
                if (string.Equals(key, startAfter, StringComparison.Ordinal))
                    continue;
                page.Add(_objects[key].PropertiesOf(key));
                if (page.Count == ListPageSize)
                    break;
            }
        }

        return page;
    }

    private sealed record StoredObject(MemoryBody Body, DateTimeOffset LastModified)
    {
        public ObjectProperties PropertiesOf(string key) => new(key, Body.Length, LastModified);
    }
}
