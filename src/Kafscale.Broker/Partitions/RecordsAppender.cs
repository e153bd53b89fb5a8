using System.Buffers;
using Kafscale.Broker.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Records;
using Microsoft.Extensions.ObjectPool;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Takes the records of one partition from a Produce request: checks each batch by its header, copies it once into append
/// memory, and appends it.
/// </summary>
internal sealed class RecordsAppender(AppendBuffer buffer, Backpressure backpressure, TimeProvider timeProvider)
{
    private const int UsualBatches = 4;

    // Without their memory, which goes back to its own pool.
    private static readonly ObjectPool<PooledBuffer> Scratch =
        new DefaultObjectPool<PooledBuffer>(new DefaultPooledObjectPolicy<PooledBuffer>(), Environment.ProcessorCount);

    /// <summary>Checks, copies and appends; waits where the append buffer is full.</summary>
    /// <param name="log">The partition.</param>
    /// <param name="topic">What holds for its topic.</param>
    /// <param name="records">As they came from the wire; read only until this returns.</param>
    /// <param name="cancellationToken">Gives up waiting for room; nothing is appended then.</param>
    public async ValueTask<ProduceOutcome> AppendAsync(
        PartitionLog log, TopicConfiguration topic, ReadOnlySequence<byte> records, CancellationToken cancellationToken)
    {
        var batches = ArrayPool<PreparedBatch>.Shared.Rent(UsualBatches);
        try
        {
            var error = Check(records, topic, ref batches, out var count);
            return error.IsNone
                ? await AppendAsync(log, topic, records, batches.AsMemory(0, count), cancellationToken)
                : ProduceOutcome.Failed((ErrorCode)error.Code, error.Message);
        }
        finally
        {
            ArrayPool<PreparedBatch>.Shared.Return(batches, clearArray: true);
        }
    }

    /// <summary>What a topic takes.</summary>
    public static RecordBatchLimits LimitsOf(TopicConfiguration topic) =>
        new() { MaxBatchBytes = topic.MaxMessageBytes, RequireKeys = topic.IsCompacted };

    private async ValueTask<ProduceOutcome> AppendAsync(
        PartitionLog log, TopicConfiguration topic, ReadOnlySequence<byte> records, Memory<PreparedBatch> batches, CancellationToken cancellationToken)
    {
        if (log.Appender is not { IsLeading: true, KnowsProducers: true } || !backpressure.Status.IsHealthy)
        {
            return Refuse(log, batches.Span[0].Header);
        }

        // In one piece: a request that waits for room for its second batch must not hold the room that its first one has.
        if (await ReserveAsync((int)records.Length, cancellationToken) is not { } memory)
        {
            return Refuse(log, batches.Span[0].Header);
        }

        var logAppendTimeMs = topic.TimestampType == TimestampType.LogAppendTime ? timeProvider.GetUtcNow().ToUnixTimeMilliseconds() : -1;
        records.CopyTo(memory.Span);
        GiveMemory(batches.Span, memory, logAppendTimeMs);
        RecordBatchError error;
        try
        {
            error = CheckRecords(batches.Span, topic);
        }
        catch
        {
            buffer.GiveBack(batches.Span);
            throw;
        }

        if (!error.IsNone)
        {
            buffer.GiveBack(batches.Span);
            return ProduceOutcome.Failed((ErrorCode)error.Code, error.Message);
        }

        // Who leads is asked again, because the wait for room may have been long.
        if (log.Appender is not { IsLeading: true, KnowsProducers: true } appender)
        {
            buffer.GiveBack(batches.Span);
            return Refuse(log, batches.Span[0].Header);
        }

        var result = appender.Append(batches.Span);
        return result.Error == ErrorCode.NotLeaderOrFollower
            ? Refuse(log, batches.Span[0].Header)
            : new ProduceOutcome(result, null, logAppendTimeMs);
    }

    // Each batch gets its part of the memory that all of them were copied into.
    private static void GiveMemory(Span<PreparedBatch> batches, in BufferReservation memory, long logAppendTimeMs)
    {
        var position = 0;
        foreach (ref var batch in batches)
        {
            if (position > 0)
            {
                memory.Chunk.Retain();
            }

            var part = memory with { Offset = memory.Offset + position, Length = batch.Header.TotalLength };
            position += part.Length;
            batch = new PreparedBatch(logAppendTimeMs >= 0 ? Restamp(part, TimestampType.LogAppendTime, logAppendTimeMs) : batch.Header, part);
        }
    }

    // Null where the object store fails while there is no room: there will be none for long, and the wait holds the client's bytes.
    private async ValueTask<BufferReservation?> ReserveAsync(int length, CancellationToken cancellationToken)
    {
        if (buffer.TryReserve(length, out var reservation))
        {
            return reservation;
        }

        var trouble = backpressure.Status.Ended;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(trouble, cancellationToken);
        try
        {
            return await buffer.ReserveAsync(length, end.Token);
        }
        catch (OperationCanceledException) when (trouble.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    // Whatever is refused has to be noted, or a later batch that is on its way already would be taken for the producer's first.
    private ProduceOutcome Refuse(PartitionLog log, in RecordBatchHeader first)
    {
        if (first.HasProducerId)
        {
            log.NoteRefused(new ExpectedSequence(
                first.ProducerId, first.ProducerEpoch, first.BaseSequence, timeProvider.GetUtcNow().ToUnixTimeMilliseconds()));
        }

        if (log.Appender is not { IsLeading: true })
        {
            return ProduceOutcome.Failed(ErrorCode.NotLeaderOrFollower);
        }

        return ProduceOutcome.Failed(ObjectStoreErrors.OfProduce, backpressure.Status is { IsHealthy: false } status ? Backpressure.Explain(status) : null);
    }

    // A body that does not hold what its header says would stop every consumer that comes to it. Where nothing has to be
    // decompressed, looking costs less than the checksum; where it has to be, only a compacted topic needs it, for the keys.
    // The header's largest timestamp, by which records are found and removed later, is corrected where they say otherwise. That of
    // a compressed batch is believed, unless it is below the first record's: clients that do not set it (Sarama before 1.23) say -1.
    private static RecordBatchError CheckRecords(Span<PreparedBatch> prepared, TopicConfiguration topic)
    {
        foreach (ref var batch in prepared)
        {
            var (header, memory) = batch;
            if (header.CompressionType == CompressionType.None || topic.IsCompacted || header.MaxTimestamp < header.BaseTimestamp)
            {
                var scratch = Scratch.Get();
                RecordBatchError error;
                long maxTimestamp;
                try
                {
                    error = RecordBatchValidator.ValidateRecords(
                        new ReadOnlySequence<byte>(memory.Memory), header, LimitsOf(topic), scratch, out maxTimestamp);
                }
                finally
                {
                    scratch.Dispose();
                    Scratch.Return(scratch);
                }

                if (!error.IsNone)
                {
                    return error;
                }

                if (maxTimestamp != header.MaxTimestamp)
                {
                    batch = new PreparedBatch(Restamp(memory, header.TimestampType, maxTimestamp), memory);
                }
            }
        }

        return RecordBatchError.None;
    }

    // Takes a larger array from the pool where the request has more batches than the array.
    private static RecordBatchError Check(in ReadOnlySequence<byte> records, TopicConfiguration topic, ref PreparedBatch[] batches, out int count)
    {
        count = 0;
        var recordCount = 0L;
        var hasProducerId = false;
        var limits = LimitsOf(topic);
        var reader = new RecordBatchReader(records);
        while (reader.TryRead(out var header, out var batch))
        {
            var error = RecordBatchValidator.Validate(batch, header, limits);
            if (!error.IsNone)
            {
                return error;
            }

            if (header.IsTransactional)
            {
                return new RecordBatchError(RecordBatchErrorCode.InvalidRecord, "Transactions are not supported.");
            }

            if (count == batches.Length)
            {
                Grow(ref batches);
            }

            batches[count++] = new PreparedBatch(header, default);
            recordCount += header.RecordCount;
            hasProducerId |= header.HasProducerId;
        }

        if (!reader.Error.IsNone)
        {
            return reader.Error;
        }

        return count switch
        {
            0 => new RecordBatchError(RecordBatchErrorCode.InvalidRecord, "The request has no record batch for this partition."),
            > 1 when recordCount > int.MaxValue =>
                new RecordBatchError(RecordBatchErrorCode.InvalidRecord, "The batches say that they have more records than a request can hold."),
            > 1 when hasProducerId =>
                new RecordBatchError(RecordBatchErrorCode.InvalidRecord, "An idempotent producer sends one record batch a partition in a request."),
            _ => RecordBatchError.None,
        };
    }

    private static void Grow(ref PreparedBatch[] batches)
    {
        var larger = ArrayPool<PreparedBatch>.Shared.Rent(2 * batches.Length);
        batches.CopyTo(larger, 0);
        ArrayPool<PreparedBatch>.Shared.Return(batches, clearArray: true);
        batches = larger;
    }

    private static RecordBatchHeader Restamp(BufferReservation memory, TimestampType timestampType, long maxTimestamp)
    {
        RecordBatchHeader.StampTimestamp(memory.Span, timestampType, maxTimestamp);
        RecordBatchHeader.TryRead(memory.Span, out var header);
        return header;
    }
}
