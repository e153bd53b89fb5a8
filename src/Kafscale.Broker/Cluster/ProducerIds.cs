using Google.Protobuf;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>
/// Gives out producer ids, never one twice: brokers take blocks of them by compare-and-swap, and what is left of a block
/// when a broker ends is lost.
/// </summary>
internal sealed class ProducerIds(CompareAndSwap records, MetadataKeys keys) : IDisposable
{
    /// <summary>Ids that one write takes; as in Kafka.</summary>
    public const int BlockSize = 1_000;

    private readonly SemaphoreSlim _lock = new(1);
    private long _next;
    private long _end;

    /// <summary>A producer id that nobody has had; <see langword="null"/> where there is none left here and the metadata store does not answer in time.</summary>
    public async ValueTask<long?> NextAsync(Deadline deadline)
    {
        try
        {
            await _lock.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return null;
        }

        try
        {
            return _next < _end || await TryTakeBlockAsync(deadline) ? _next++ : null;
        }
        finally
        {
            _lock.Release();
        }
    }

    public void Dispose() => _lock.Dispose();

    private async Task<bool> TryTakeBlockAsync(Deadline deadline)
    {
        var first = 0L;
        var (error, _) = await records.ChangeAsync(
            keys.NextProducerId,
            "the next producer id",
            (stored, _) =>
            {
                // Should an attempt whose answer was lost have taken a block all the same, nobody uses it: this is the one behind it.
                first = stored is null ? 0 : ProducerIdsRecord.Parser.ParseFrom(stored.Value.Span).NextProducerId;
                var taken = new ProducerIdsRecord { NextProducerId = checked(first + BlockSize) };
                return RecordChange.Write(new Operation.Put(keys.NextProducerId, taken.ToByteArray()));
            },
            deadline);
        if (!error.IsNone)
        {
            return false;
        }

        _next = first;
        _end = first + BlockSize;
        return true;
    }
}
