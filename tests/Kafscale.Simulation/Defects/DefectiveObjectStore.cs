using System.Buffers;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Simulation.Defects;

/// <summary>An object store between a broker and the real one, which stores something else than it is asked to.</summary>
internal sealed class DefectiveObjectStore(IObjectStore store) : IObjectStore
{
    /// <summary>What is stored in place of an object.</summary>
    public Func<string, ReadOnlySequence<byte>, ReadOnlySequence<byte>> Rewrite { get; init; } = (_, body) => body;

    /// <summary>How it is stored.</summary>
    public Func<IObjectStore, string, Func<ValueTask>, ValueTask> Put { get; init; } = (_, _, put) => put();

    public ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        var stored = Rewrite(key, body);
        return Put(store, key, () => store.PutAsync(key, stored, condition, cancellationToken));
    }

    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        store.ReadAsync(key, offset, destination, cancellationToken);

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) => store.HeadAsync(key, cancellationToken);

    public IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken) =>
        store.ListAsync(prefix, startAfter, cancellationToken);

    public ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => store.DeleteAsync(keys, cancellationToken);
}
