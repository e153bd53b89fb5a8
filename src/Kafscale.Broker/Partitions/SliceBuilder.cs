using System.Buffers;
using System.Runtime.InteropServices;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;
using Kafscale.Storage.Wal;

namespace Kafscale.Broker.Partitions;

/// <summary>One partition's part of a flush while it is being filled. Guarded by the flush queue's lock until the flush is taken.</summary>
internal sealed class SliceBuilder(Flush flush, PartitionAppender appender, long baseOffset)
{
    // One position about every 64 KiB lets a fetch begin near its offset without reading headers from the start.
    private const int BytesBetweenPositions = 64 * 1024;

    private readonly List<ReadOnlyMemory<byte>> _parts = [];
    private readonly List<BatchPosition> _batchPositions = [];
    private readonly List<WalProducerBatch> _producerBatches = [];
    private readonly Dictionary<long, int> _countByProducer = [];
    private BufferReservation _last;

    public Flush Flush { get; } = flush;

    public PartitionAppender Appender { get; } = appender;

    public long BaseOffset { get; } = baseOffset;

    public long EndOffset { get; private set; } = baseOffset;

    public int RecordCount { get; private set; }

    public int Length { get; private set; }

    public uint Crc { get; private set; }

    public long MaxTimestampMs { get; private set; } = RecordBatchHeader.NoTimestamp;

    // Kept for as long as the slice is not merged, of which a broker with many partitions has millions.
    public IReadOnlyList<BatchPosition> BatchPositions => _batchPositions.Count == 0 ? [] : _batchPositions;

    public IReadOnlyList<WalProducerBatch> ProducerBatches => _producerBatches;

    /// <summary>Adds a batch that carries its final offsets already.</summary>
    public void Add(in RecordBatchHeader stamped, in BufferReservation memory)
    {
        // That the first batch begins at 0 goes without saying: most slices of a broker with many partitions are small.
        var last = _batchPositions.Count == 0 ? 0 : _batchPositions[^1].Position;
        if (Length - last >= BytesBetweenPositions)
        {
            _batchPositions.Add(new BatchPosition(stamped.BaseOffset, Length));
        }

        // Everything behind the first 21 bytes is covered by the batch's own CRC, which was verified: combining
        // the two saves reading the batch a second time.
        var head = Crc32C.Compute(memory.Span[..RecordBatchHeader.CrcCoverageStart]);
        var batchCrc = Crc32C.Combine(head, stamped.Crc, memory.Length - RecordBatchHeader.CrcCoverageStart);
        Crc = Crc32C.Combine(Crc, batchCrc, memory.Length);

        if (_parts.Count > 0 && ReferenceEquals(_last.Chunk, memory.Chunk) && _last.Offset + _last.Length == memory.Offset)
        {
            _last = _last with { Length = _last.Length + memory.Length };
            _parts[^1] = _last.Memory;
        }
        else
        {
            _last = memory;
            _parts.Add(memory.Memory);
        }

        Length += memory.Length;
        RecordCount += stamped.RecordCount;
        EndOffset = stamped.NextOffset;
        MaxTimestampMs = Math.Max(MaxTimestampMs, stamped.MaxTimestamp);
    }

    /// <summary>Remembers an idempotent batch, and of each producer no more than a retry can ask for.</summary>
    /// <returns>By how many bytes the commit grows.</returns>
    public int Add(in WalProducerBatch batch)
    {
        ref var count = ref CollectionsMarshal.GetValueRefOrAddDefault(_countByProducer, batch.ProducerId, out _);
        var grown = CommitSize.OfProducerBatch(batch);
        if (count == ProducerStates.BatchesPerProducer)
        {
            var producerId = batch.ProducerId;
            var oldest = _producerBatches.FindIndex(older => older.ProducerId == producerId);
            grown -= CommitSize.OfProducerBatch(_producerBatches[oldest]);
            _producerBatches.RemoveAt(oldest);
        }
        else
        {
            count++;
        }

        _producerBatches.Add(batch);
        return grown;
    }

    /// <summary>Lets go of the batches' memory, which is given back; partitions refer to their last slice for longer.</summary>
    public void Forget()
    {
        _parts.Clear();
        _last = default;
    }

    public ReadOnlySequence<byte> ToSequence()
    {
        // What most slices of a broker with many partitions are.
        if (_parts is [var only])
        {
            return new ReadOnlySequence<byte>(only);
        }

        var sequence = new SequenceBuilder();
        _parts.ForEach(sequence.Append);
        return sequence.ToSequence();
    }
}
