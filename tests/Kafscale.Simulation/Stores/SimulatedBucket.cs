using Kafscale.Simulation.Checking;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Simulation.Stores;

/// <summary>The objects of a bucket, all operations of which are done at once: where they are asked for by <see cref="SimulatedObjectStore"/>.</summary>
internal sealed class SimulatedBucket(TimeProvider clock)
{
    private const int PageSize = 1_000;

    private readonly Dictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _keys = new(StringComparer.Ordinal);
    private readonly List<Violation> _violations = [];

    /// <summary>Objects that were changed, which those that records and metadata are in never are.</summary>
    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>How many objects there are.</summary>
    public int Count => _objects.Count;

    public IEnumerable<string> Keys => _keys;

    /// <exception cref="ObjectAlreadyExistsException">The key exists and the condition forbids that.</exception>
    public void Put(string key, byte[] body, PutCondition condition)
    {
        if (!_keys.Add(key) && condition != PutCondition.None)
        {
            throw new ObjectAlreadyExistsException(key);
        }

        if (_objects.TryGetValue(key, out var before) && !before.Body.AsSpan().SequenceEqual(body) && !IsRewritten(key))
        {
            _violations.Add(new Violation("object-changed", $"{key} had {before.Body.Length} bytes and was written again with {body.Length} others."));
        }

        _objects[key] = new StoredObject(body, clock.GetUtcNow());
    }

    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    public ReadOnlyMemory<byte> Read(string key, long offset, int length)
    {
        if (!_objects.TryGetValue(key, out var stored))
        {
            throw new ObjectNotFoundException(key);
        }

        var from = (int)Math.Min(offset, stored.Body.Length);
        return stored.Body.AsMemory(from, Math.Min(length, stored.Body.Length - from));
    }

    public ObjectProperties? Head(string key) => _objects.TryGetValue(key, out var stored) ? stored.PropertiesOf(key) : null;

    /// <summary>The next page of a listing, without what was stored less than a delay ago.</summary>
    public List<ObjectProperties> List(string prefix, string? startAfter, TimeSpan delay, out bool isLast)
    {
        // Keys are ASCII, so nothing that begins with the prefix is greater than this.
        var upperBound = prefix + '\uffff';
        var lowerBound = string.CompareOrdinal(startAfter, prefix) > 0 ? startAfter! : prefix;
        var page = new List<ObjectProperties>();
        isLast = true;
        if (string.CompareOrdinal(lowerBound, upperBound) > 0)
        {
            return page;
        }

        var shownUntil = clock.GetUtcNow() - delay;
        foreach (var key in _keys.GetViewBetween(lowerBound, upperBound))
        {
            if (string.Equals(key, startAfter, StringComparison.Ordinal) || (delay > TimeSpan.Zero && _objects[key].StoredAt > shownUntil))
            {
                continue;
            }

            page.Add(_objects[key].PropertiesOf(key));
            if (page.Count == PageSize)
            {
                isLast = false;
                break;
            }
        }

        return page;
    }

    public void Delete(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            _objects.Remove(key);
            _keys.Remove(key);
        }
    }

    private static bool IsRewritten(string key) => key.Contains("/meta/health/", StringComparison.Ordinal) || key.Contains("/meta/snapshot/", StringComparison.Ordinal);

    private sealed record StoredObject(byte[] Body, DateTimeOffset StoredAt)
    {
        public ObjectProperties PropertiesOf(string key) => new(key, Body.Length, StoredAt);
    }
}
