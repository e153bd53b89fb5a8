using Kafscale.Broker.Partitions;
using Kafscale.Broker.Telemetry;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Fetching;

/// <summary>Reads for consumers before Kafka 0.11 (Fetch 0 to 3), which know no record batches: unpacks those of the log into messages.</summary>
internal sealed class MessageSetReads(PartitionReader reader, RecordMetrics metrics)
{
    /// <summary>
    /// Reads messages from an offset on. There are none only where the first is too large, or nothing up to the high watermark is for
    /// consumers: these would ask for the same offset for ever.
    /// </summary>
    /// <param name="log">The partition.</param>
    /// <param name="offset">From the log start up to the high watermark.</param>
    /// <param name="magic">0 or 1.</param>
    /// <param name="maxBytes">The most bytes to return.</param>
    /// <param name="maxFirstBytes">The most bytes that the first message may have, where that is more.</param>
    /// <param name="cancellationToken">Gives up reading.</param>
    /// <exception cref="InvalidDataException">The first message is in a batch that is damaged, or unpacks to too much.</exception>
    public async ValueTask<FetchedRecords> ReadAsync(
        PartitionLog log, long offset, byte magic, int maxBytes, int maxFirstBytes, CancellationToken cancellationToken)
    {
        var messages = new PooledBuffer();
        try
        {
            var target = new MessageSetTarget(messages, magic, maxBytes, maxFirstBytes);
            var next = offset;
            while (target is { Count: 0, IsFull: false } && next < log.HighWatermark)
            {
                using var batches = await reader.ReadAsync(log, next, maxBytes, atLeastOneBatch: true, cancellationToken);
                if (batches.Length == 0)
                {
                    break;
                }

                Convert(batches, offset, target);
                next = batches.NextOffset;
            }

            metrics.OnConvertedForConsumer(target.Count);
            var converted = FetchedRecords.Rent();
            converted.Add(messages, next);
            return converted;
        }
        catch
        {
            messages.Dispose();
            throw;
        }
    }

    private static void Convert(FetchedRecords batches, long fromOffset, MessageSetTarget target)
    {
        using var scratch = new PooledBuffer();
        var reader = new RecordBatchReader(batches.ToSequence());
        while (!target.IsFull && reader.TryRead(out var header, out var batch))
        {
            var error = MessageSetWriter.Write(batch, header, fromOffset, target, scratch);
            if (error.IsNone)
            {
                continue;
            }

            // What lies before is returned; who comes to it is told.
            if (target.Count == 0)
            {
                throw new InvalidDataException($"The batch at offset {header.BaseOffset} cannot be unpacked: {error.Message}");
            }

            return;
        }
    }
}
