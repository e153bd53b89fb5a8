using Kafscale.Broker.Fetching;
using Kafscale.Protocol.Messages;
using Kafscale.Storage;

namespace Kafscale.Broker.Requests;

/// <content>Consumers before Kafka 0.11.</content>
internal sealed partial class FetchHandler
{
    private const int FirstVersionWithTimestamps = 2;
    private const int FirstVersionWithBatches = 4;

    // Of all answers that are on their way to such consumers: their messages lie in no cache.
    private const long MaxMessageBytes = 128L * 1024 * 1024;

    private readonly ByteBudget _messageBytes = new(MaxMessageBytes, timeProvider);

    private async ValueTask ReadMessagesAsync(
        RequestContext context, FetchRequest request, PartitionReads all, bool isTimeOver, CancellationToken cancellationToken)
    {
        var giveUp = all.GiveUp.Token;
        using var inTrouble = backpressure.ReadStatus.Ended.UnsafeRegister(GiveUp, all.GiveUp);
        using var aborted = cancellationToken.UnsafeRegister(GiveUp, all.GiveUp);
        var reads = all.Items.FindAll(read => IsReadable(read, isTimeOver));
        var maxBytes = Math.Min(Math.Clamp(request.MaxBytes, 0, MaxResponseBytes), reads.Sum(read => Math.Max(0L, read.Partition.MaxBytes)));
        var memory = new MemoryShare(_messageBytes);
        context.RegisterForDispose(memory);
        try
        {
            // Only the first message, which is returned whatever its size, may need more than was expected.
            for (long expected = maxBytes, needed; ; expected = needed)
            {
                await memory.ChangeAsync(expected, giveUp);
                needed = await ReadMessagesAsync(context, reads, maxBytes, giveUp, cancellationToken);
                if (needed <= expected)
                {
                    // What waits to be sent, perhaps to a client that reads slowly, is no reason for others to wait.
                    memory.Keep(needed);
                    break;
                }

                reads.ForEach(read => read.DropRecords());
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            reads.ForEach(read => OnReadFailed(context, read, exception, cancellationToken));
        }

        CountBytes(all.Items);
    }

    // One partition after the other: how much a batch unpacks to is not known beforehand. What is left is divided among those that are
    // left, because these consumers ask in the same order always; but a message that fits is no reason to wait for the next time.
    private async ValueTask<long> ReadMessagesAsync(
        RequestContext context, List<PartitionRead> reads, long maxBytes, CancellationToken giveUp, CancellationToken cancellationToken)
    {
        var magic = (byte)(context.ApiVersion < FirstVersionWithTimestamps ? 0 : 1);
        var used = 0L;
        for (var i = 0; i < reads.Count; i++)
        {
            var read = reads[i];
            var remaining = Math.Min(Math.Max(0, read.Partition.MaxBytes), Math.Max(0, maxBytes - used));
            var fair = (int)Math.Min(remaining, Math.Max(0, maxBytes - used) / (reads.Count - i));
            var first = used == 0 ? int.MaxValue : (int)remaining;
            if (first == 0)
            {
                continue;
            }

            try
            {
                read.Records = await messageSets.ReadAsync(read.Log!, read.Partition.FetchOffset, magic, fair, first, giveUp);
                used += read.Records.Length;
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                OnReadFailed(context, read, exception, cancellationToken);
            }
        }

        return used;
    }
}
