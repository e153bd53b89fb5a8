using System.Buffers;

namespace Kafscale.Protocol.Records;

/// <summary>
/// Turns the message sets that producers before Kafka 0.11 send (magic 0 and 1) into the record batches that the log has: one of
/// each compressed message, with its compression, and one of the uncompressed messages between.
/// </summary>
/// <remarks>
/// Not thread-safe; to be used for one set. A batch is begun anew where it would be larger than a topic takes, because the limit was
/// one of each message.
/// </remarks>
public sealed class MessageSetConversion : IDisposable
{
    private readonly PooledBuffer _batches = new();
    private readonly PooledBuffer _records = new();
    private readonly PooledBuffer _unpacked = new();
    private readonly RecordBatchLimits _limits;
    private readonly long _nowMs;
    private RecordBatchBuilder? _builder;
    private int _remainingBytes;

    /// <param name="limits">What the topic takes. All that is decompressed of a set counts together.</param>
    /// <param name="nowMs">The time that messages of magic 0 get, which have none: they are found and removed by it.</param>
    public MessageSetConversion(in RecordBatchLimits limits, long nowMs)
    {
        _limits = limits;
        _nowMs = nowMs;
        _remainingBytes = limits.MaxDecompressedBytes;
    }

    /// <summary>The batches, one behind the other; valid until disposal.</summary>
    public ReadOnlyMemory<byte> Batches => _batches.WrittenMemory;

    /// <summary>Messages converted.</summary>
    public int Count { get; private set; }

    /// <summary>Converts a set; what is wrong with it is told, and <see cref="Batches"/> means nothing then.</summary>
    /// <returns>
    /// CorruptMessage for damaged, empty and cut off sets, InvalidRecord for batches of magic 2 and what cannot be meant, MessageTooLarge
    /// where more is decompressed than may be, InvalidTimestamp, UnsupportedCompressionType.
    /// </returns>
    public RecordBatchError Convert(in ReadOnlySequence<byte> messageSet)
    {
        try
        {
            if (messageSet.IsSingleSegment)
                return Convert(messageSet.FirstSpan);

            using var contiguous = new PooledBuffer();
            contiguous.Write(messageSet);
            return Convert(contiguous.WrittenSpan);
        }
        finally
        {
            // The batches may have to wait for room, and what they were made with need not.
            _records.Dispose();
            _unpacked.Dispose();
        }
    }

    public void Dispose() => _batches.Dispose();

    private RecordBatchError Convert(ReadOnlySpan<byte> messageSet)
    {
        var messages = new MessageSetReader(messageSet);
        while (messages.TryRead(out Message message))
        {
            RecordBatchError error = message.CompressionType == CompressionType.None ? Add(message, CompressionType.None) : Unpack(message);
            if (!error.IsNone)
                return error;
        }

        EndBatch();
        return ErrorAtEnd(messages, Count);
    }

    private RecordBatchError Unpack(in Message wrapper)
    {
        if (wrapper.CompressionType is not (CompressionType.Gzip or CompressionType.Snappy or CompressionType.Lz4))
            return RecordBatchError.UnsupportedCompression(wrapper.CompressionType);
        if (wrapper.TimestampType == TimestampType.LogAppendTime)
            return TimestampsAreTheBrokers();

        EndBatch();
        _unpacked.Clear();

        // With magic 0, the frame's descriptor has a checksum that was computed wrongly (KAFKA-3160).
        RecordBatchError error = wrapper is { CompressionType: CompressionType.Lz4, Magic: 0 }
            ? Lz4FrameCodec.Decompress(wrapper.Value, _remainingBytes, _unpacked, checksDescriptor: false)
            : CompressionCodec.Decompress(wrapper.CompressionType, wrapper.Value, _remainingBytes, _unpacked);
        if (!error.IsNone)
            return error;

        _remainingBytes -= _unpacked.Length;
        int countBefore = Count;
        var messages = new MessageSetReader(_unpacked.WrittenSpan);
        while (messages.TryRead(out Message message))
        {
            if (message.CompressionType != CompressionType.None)
                return RecordBatchError.Corrupt("A compressed message has another compressed message in it.");
            if (message.Magic != wrapper.Magic)
                return RecordBatchError.Corrupt($"A compressed message of magic {wrapper.Magic} has one of magic {message.Magic} in it.");
            error = Add(message, wrapper.CompressionType);
            if (!error.IsNone)
                return error;
        }

        EndBatch();
        return ErrorAtEnd(messages, Count - countBefore);
    }

    // What is cut off would be acknowledged and lost.
    private static RecordBatchError ErrorAtEnd(in MessageSetReader messages, int count) =>
        !messages.Error.IsNone ? messages.Error
        : messages.HasRest ? RecordBatchError.Corrupt("The last message of a message set is cut off.")
        : count == 0 ? RecordBatchError.Corrupt("A message set has no message.")
        : RecordBatchError.None;

    private RecordBatchError Add(in Message message, CompressionType compressionType)
    {
        if (message.TimestampType == TimestampType.LogAppendTime)
            return TimestampsAreTheBrokers();

        int length = message.Key.Length + message.Value.Length + RecordBatchBuilder.MaxRecordOverheadBytes;
        bool isTooLarge = compressionType == CompressionType.None
            && (long)RecordBatchHeader.Size + _records.Length + length > _limits.MaxBatchBytes;
        if (isTooLarge)
            EndBatch();

        _builder ??= new RecordBatchBuilder(_records) { CompressionType = compressionType };
        long timestamp = message.Magic == 0 ? _nowMs : message.Timestamp;
        _builder.Append(timestamp, message.Key, message.IsKeyNull, message.Value, message.IsValueNull);
        Count++;
        return RecordBatchError.None;
    }

    private void EndBatch()
    {
        _builder?.Build(_batches);
        _builder = null;
        _records.Clear();
    }

    private static RecordBatchError TimestampsAreTheBrokers() =>
        RecordBatchError.BadTimestamp("Producers must not set the timestamp type to LogAppendTime.");
}
