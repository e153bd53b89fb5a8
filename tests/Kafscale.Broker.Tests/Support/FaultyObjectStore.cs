using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Tests.Support;

/// <summary>The object store as one broker reaches it.</summary>
internal sealed class FaultyObjectStore(IObjectStore inner, Faults faults) : IObjectStore
{
    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        // A copy, because it may take effect when the memory is its owner's again.
        var copy = new ReadOnlySequence<byte>(body.ToArray());
        await RunAsync(
            StoreOperation.ObjectPut,
            key,
            async cancellation =>
            {
                await inner.PutAsync(key, copy, condition, cancellation);
                return true;
            },
            cancellationToken);
    }

    public ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        RunAsync(StoreOperation.ObjectRead, key, cancellation => inner.ReadAsync(key, offset, destination, cancellation), cancellationToken);

    public ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken) =>
        RunAsync(StoreOperation.ObjectHead, key, cancellation => inner.HeadAsync(key, cancellation), cancellationToken);

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(StoreOperation.ObjectList, prefix, _ => new ValueTask<bool>(true), cancellationToken);
        await foreach (var found in inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            yield return found;
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        await RunAsync(
            StoreOperation.ObjectDelete,
            string.Join('\n', keys),
            async cancellation =>
            {
                await inner.DeleteAsync(keys, cancellation);
                return true;
            },
            cancellationToken);

    private ValueTask<T> RunAsync<T>(StoreOperation operation, string keys, Func<CancellationToken, ValueTask<T>> perform, CancellationToken cancellationToken) =>
        faults.RunAsync(operation, keys, perform, () => new IOException($"The object store does not answer ({operation} {keys})."), cancellationToken);
}
