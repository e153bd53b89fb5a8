using System.Buffers;
using System.Runtime.CompilerServices;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Testing;

/// <summary>A store that is further away: every request takes a while before it reaches the one behind.</summary>
/// <remarks>Each page of a listing takes the latency of a read. A request that is cancelled on its way never arrives.</remarks>
/// <param name="inner">The store.</param>
/// <param name="puts">Latencies of puts and deletes.</param>
/// <param name="reads">Latencies of everything else.</param>
/// <param name="timeProvider">The clock that they pass on.</param>
public sealed class LatencyObjectStore(IObjectStore inner, LognormalLatency puts, LognormalLatency reads, TimeProvider timeProvider) : IObjectStore
{
    private const int ListPageSize = 1000;

    public async ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken)
    {
        await Task.Delay(puts.Next(), timeProvider, cancellationToken);
        await inner.PutAsync(key, body, condition, cancellationToken);
    }

    public async ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        await Task.Delay(reads.Next(), timeProvider, cancellationToken);
        return await inner.ReadAsync(key, offset, destination, cancellationToken);
    }

    public async ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken)
    {
        await Task.Delay(reads.Next(), timeProvider, cancellationToken);
        return await inner.HeadAsync(key, cancellationToken);
    }

    public async IAsyncEnumerable<ObjectProperties> ListAsync(
        string prefix, string? startAfter, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.Delay(reads.Next(), timeProvider, cancellationToken);
        var listed = 0;
        await foreach (var properties in inner.ListAsync(prefix, startAfter, cancellationToken))
        {
            if (listed > 0 && listed % ListPageSize == 0)
                await Task.Delay(reads.Next(), timeProvider, cancellationToken);
            listed++;
            yield return properties;
        }
    }

    public async ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        await Task.Delay(puts.Next(), timeProvider, cancellationToken);
        await inner.DeleteAsync(keys, cancellationToken);
    }
}
