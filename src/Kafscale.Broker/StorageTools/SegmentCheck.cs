using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Segments;

namespace Kafscale.Broker.StorageTools;

/// <summary>Checks what is in a segment beyond what every reader checks.</summary>
internal static class SegmentCheck
{
    private const int ReservedPosition = 28;

    /// <summary>The checksums of the batches, and what of the file nothing else covers.</summary>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    public static Segment Read(string key, in ReadOnlySequence<byte> bytes)
    {
        var segment = SegmentReader.Read(key, bytes);
        foreach (var reserved in bytes.Slice(ReservedPosition, sizeof(int)).ToArray())
        {
            if (reserved != 0)
            {
                throw new CorruptObjectException(key, ReservedPosition, "The reserved field is not 0.");
            }
        }

        CheckBatches(key, segment.Batches, SegmentFormat.HeaderLength, _ => null);
        return segment;
    }

    /// <summary>Verifies each batch's own checksum.</summary>
    /// <param name="key">The object, for messages.</param>
    /// <param name="batches">Whole batches.</param>
    /// <param name="position">Where in the object they begin.</param>
    /// <param name="find">Says what else is wrong with a batch, or nothing.</param>
    public static void CheckBatches(string key, in ReadOnlySequence<byte> batches, long position, Func<RecordBatchHeader, string?> find)
    {
        var reader = new RecordBatchReader(batches);
        while (reader.TryRead(out var header, out var batch))
        {
            var crc = Crc32C.Compute(batch.Slice(RecordBatchHeader.CrcCoverageStart));
            if (crc != header.Crc)
            {
                throw new CorruptObjectException(
                    key, position, $"The CRC of the batch at offset {header.BaseOffset} is 0x{crc:X8}, but its header says 0x{header.Crc:X8}.");
            }

            if (find(header) is { } problem)
            {
                throw new CorruptObjectException(key, position, problem);
            }

            position += batch.Length;
        }
    }

    /// <summary>Compares a segment with what its manifest says of it.</summary>
    public static void Compare(string key, Segment segment, long length, Manifest manifest, ManifestSegment entry)
    {
        var found = new ManifestSegment(
            segment.BaseOffset,
            segment.LastOffset + 1,
            length,
            entry.IndexBytes,
            segment.RecordCount,
            segment.FirstTimestampMs,
            segment.MaxTimestampMs,
            segment.CreatedAtMs);
        if (found != entry)
        {
            throw new CorruptObjectException(key, 0, $"It is {found}, but the manifest says {entry}.");
        }

        var expected = manifest.Producers
            .SelectMany(producer => producer.Batches, (producer, batch) => (producer.ProducerId, producer.ProducerEpoch, Batch: batch))
            .Where(remembered => remembered.Batch.BaseOffset >= entry.BaseOffset && remembered.Batch.BaseOffset < entry.EndOffset)
            .ToDictionary(remembered => remembered.Batch.BaseOffset);
        CheckBatches(key, segment.Batches, SegmentFormat.HeaderLength, header =>
        {
            if (expected.Remove(header.BaseOffset, out var remembered)
                && (remembered.ProducerId != header.ProducerId
                    || remembered.ProducerEpoch != header.ProducerEpoch
                    || remembered.Batch.BaseSequence != header.BaseSequence
                    || remembered.Batch.LastSequence != header.LastSequence
                    || remembered.Batch.LastOffset != header.LastOffset))
            {
                return $"The batch at offset {header.BaseOffset} is of producer {header.ProducerId}, sequence {header.BaseSequence}; the manifest remembers another one.";
            }

            var epoch = EpochAt(manifest, header.BaseOffset);
            return epoch == header.PartitionLeaderEpoch
                ? null
                : $"The batch at offset {header.BaseOffset} has leader epoch {header.PartitionLeaderEpoch}; by the manifest it was written in {epoch}.";
        });
        if (expected.Count > 0)
        {
            throw new CorruptObjectException(key, 0, $"The manifest remembers a producer's batch at offset {expected.Keys.First()}, where no batch begins.");
        }
    }

    /// <summary>Compares an index with the one that belongs to a segment.</summary>
    public static void CompareIndex(string key, in ReadOnlySequence<byte> index, Segment segment)
    {
        SparseIndex.Parse(key, index);
        var builder = new SparseIndexBuilder();
        builder.Add(segment.Batches);
        var expected = builder.ToArray();
        var found = index.ToArray();
        var position = found.AsSpan().CommonPrefixLength(expected);
        if (position < Math.Max(found.Length, expected.Length))
        {
            throw new CorruptObjectException(key, position, "It is not the index of its segment.");
        }
    }

    private static int EpochAt(Manifest manifest, long offset)
    {
        var epoch = -1;
        foreach (var start in manifest.LeaderEpochs)
        {
            if (start.StartOffset > offset)
            {
                break;
            }

            epoch = start.Epoch;
        }

        return epoch;
    }
}
