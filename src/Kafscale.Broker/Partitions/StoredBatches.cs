using System.Buffers;
using Kafscale.Protocol.Records;

namespace Kafscale.Broker.Partitions;

/// <summary>Checks record batches that came from the object store, before anybody gets them: a store may give back other bytes than it was given.</summary>
internal static class StoredBatches
{
    /// <summary>Walks batches from the first byte on, as far as they are whole and right.</summary>
    /// <param name="bytes">Batches, the last of which may be cut off.</param>
    /// <param name="nextOffset">Behind the last record of the right ones.</param>
    /// <param name="problem">What is wrong behind them; null where nothing is.</param>
    /// <returns>How many bytes are whole and right.</returns>
    public static long CheckedLength(in ReadOnlySequence<byte> bytes, out long nextOffset, out string? problem)
    {
        var checkedLength = 0L;
        nextOffset = 0;
        problem = null;
        var position = 0L;
        var expectedOffset = -1L;
        while (position < bytes.Length
            && RecordBatchHeader.TryRead(bytes.Slice(position), out var header)
            && position + header.TotalLength <= bytes.Length)
        {
            // The checksum does not cover a batch's offset. Where two do not fit together, either may be wrong.
            if (expectedOffset >= 0 && header.BaseOffset != expectedOffset)
            {
                problem = $"A batch with offset {header.BaseOffset} follows on one that ends before {expectedOffset}.";
                return checkedLength;
            }

            checkedLength = position;
            nextOffset = Math.Max(0, expectedOffset);
            var crc = Crc32C.Compute(bytes.Slice(position + RecordBatchHeader.CrcCoverageStart, header.TotalLength - RecordBatchHeader.CrcCoverageStart));
            if (crc != header.Crc)
            {
                problem = $"The CRC of the batch of offset {header.BaseOffset} is 0x{crc:X8}, but it says 0x{header.Crc:X8}.";
                return checkedLength;
            }

            position += header.TotalLength;
            expectedOffset = header.NextOffset;
        }

        if (position > 0)
        {
            nextOffset = expectedOffset;
        }

        return position;
    }
}
