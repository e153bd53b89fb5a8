using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Support;

/// <summary>The object store as one broker reaches it.</summary>
internal sealed class FaultyObjectStore(IObjectStore inner, Faults faults) : IObjectStore
{
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken) =>
        await RunAsync(
            StoreOperation.ObjectPut,
            key,
            async () =>
            {
                await inner.PutAsync(key, body, condition, cancellationToken);
                return true;
            },
            cancellationToken);

    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        RunAsync(StoreOperation.ObjectRead, key, () => inner.ReadAsync(key, offset, destination, cancellationToken), cancellationToken);

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) =>
        RunAsync(StoreOperation.ObjectHead, key, () => inner.HeadAsync(key, cancellationToken), cancellationToken);

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(StoreOperation.ObjectList, prefix, () => new ValueTask<bool>(true), cancellationToken);
        await foreach (var found in inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            yield return found;
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await RunAsync(
            StoreOperation.ObjectDelete,
            string.Join('\n', keys),
            async () =>
            {
                await inner.DeleteAsync(keys, cancellationToken);
                return true;
            },
            cancellationToken);

    private ValueTask<T> RunAsync<T>(StoreOperation operation, string keys, Func<ValueTask<T>> perform, CancellationToken cancellationToken) =>
        faults.RunAsync(operation, keys, perform, () => new IOException($"The object store does not answer ({operation} {keys})."), cancellationToken);
}
