using Google.Protobuf;
using Kafscale.Broker.Concurrency;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Gives out producer ids, never one twice: brokers take blocks of them by compare-and-swap, and what is left of a block
/// when a broker ends is lost.
/// </summary>
internal sealed class ProducerIds(IMetadataStore store, MetadataKeys keys, RetryBackoff backoff) : IDisposable
{
    /// <summary>Ids that one write takes; as in Kafka.</summary>
    public const int BlockSize = 1_000;

    private const int MaxUnanswered = 3;

    private readonly SemaphoreSlim _lock = new(1);
    private long _next;
    private long _end;

    /// <summary>A producer id that nobody has had.</summary>
    /// <exception cref="MetadataUnavailableException">There is none left here and the metadata store does not answer.</exception>
    public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
    {
        await _lock.WaitAsync(cancellationToken);
        try
        {
            if (_next == _end)
            {
                _next = await TakeBlockAsync(cancellationToken);
                _end = _next + BlockSize;
            }

            return _next++;
        }
        finally
        {
            _lock.Release();
        }
    }

    public void Dispose() => _lock.Dispose();

    private async Task<long> TakeBlockAsync(CancellationToken cancellationToken)
    {
        var unanswered = 0;
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                if (await TryTakeBlockAsync(cancellationToken) is { } first)
                {
                    return first;
                }
            }
            catch (MetadataUnavailableException) when (++unanswered < MaxUnanswered)
            {
                // Should the block have been taken all the same, it is lost: the next attempt takes the one behind it.
            }

            await backoff.WaitAsync(attempt, cancellationToken);
        }
    }

    private async Task<long?> TryTakeBlockAsync(CancellationToken cancellationToken)
    {
        var found = await store.RangeAsync(KeyRange.Key(keys.NextProducerId), 0, 0, cancellationToken);
        var first = 0L;
        var revision = 0L;
        if (found.Entries.Count > 0)
        {
            first = ProducerIdsRecord.Parser.ParseFrom(found.Entries[0].Value.Span).NextProducerId;
            revision = found.Entries[0].ModRevision;
        }

        var taken = new ProducerIdsRecord { NextProducerId = checked(first + BlockSize) };
        var result = await store.CommitAsync(
            new MetadataTransaction
            {
                Comparisons = [Comparison.ModRevision(keys.NextProducerId, revision)],
                Then = [new Operation.Put(keys.NextProducerId, taken.ToByteArray())],
            },
            cancellationToken);
        return result.Succeeded ? first : null;
    }
}
