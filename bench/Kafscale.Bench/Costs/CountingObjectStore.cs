using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Bench.Costs;

/// <summary>An object store in memory that counts what it is asked; objects of mostly zeros take little of it.</summary>
internal sealed class CountingObjectStore(ObjectKeys keys, TimeProvider timeProvider) : IObjectStore
{
    private const int ListPageSize = 1_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (SparseBytes Body, DateTimeOffset LastModified)> _objects = new(StringComparer.Ordinal);
    private RequestCounts _counts;

    public RequestCounts Counts
    {
        get
        {
            lock (_lock)
            {
                return _counts;
            }
        }
    }

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        var stored = new SparseBytes(body);
        lock (_lock)
        {
            _counts = key.StartsWith(keys.WalPrefix, StringComparison.Ordinal)
                ? _counts with { WalPuts = _counts.WalPuts + 1 }
                : _counts with { MergedPuts = _counts.MergedPuts + 1 };
            if (condition == PutCondition.IfNoneMatch && _objects.ContainsKey(key))
            {
                return ValueTask.FromException(new ObjectAlreadyExistsException(key));
            }

            _objects[key] = (stored, timeProvider.GetUtcNow());
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        SparseBytes body;
        lock (_lock)
        {
            if (!_objects.TryGetValue(key, out var stored))
            {
                return ValueTask.FromException<int>(new ObjectNotFoundException(key));
            }

            body = stored.Body;
            _counts = _counts with { Gets = _counts.Gets + 1, ReadBytes = _counts.ReadBytes + destination.Length };
        }

        return ValueTask.FromResult(body.CopyTo(offset, destination.Span));
    }

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _counts = _counts with { Heads = _counts.Heads + 1 };
            return ValueTask.FromResult<ObjectProperties?>(
                _objects.TryGetValue(key, out var stored) ? new ObjectProperties(key, stored.Body.Length, stored.LastModified) : null);
        }
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<ObjectProperties> found;
        lock (_lock)
        {
            found = [.. _objects
                .Where(stored => stored.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(stored.Key, startAfter) > 0)
                .Select(stored => new ObjectProperties(stored.Key, stored.Value.Body.Length, stored.Value.LastModified))];
            _counts = _counts with { Lists = _counts.Lists + 1 + (found.Count / ListPageSize) };
        }

        foreach (var properties in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return properties;
        }

        await ValueTask.CompletedTask;
    }

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _counts = _counts with { Deletes = _counts.Deletes + 1 };
            foreach (var key in keys)
            {
                _objects.Remove(key);
            }
        }

        return ValueTask.CompletedTask;
    }
}
