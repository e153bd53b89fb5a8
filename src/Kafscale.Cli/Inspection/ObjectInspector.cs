using System.Buffers;
using Kafscale.Cli.Rendering;
using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Segments;
using Kafscale.Storage.Wal;

namespace Kafscale.Cli.Inspection;

/// <summary>Says what is in an object of the store. What an object is, its first four bytes say; the readers check the rest.</summary>
internal static class ObjectInspector
{
    private const int MagicLength = 4;
    private const long NoTimestamp = -1;

    /// <summary>Reads and checks an object.</summary>
    /// <param name="name">Its key or file, for messages.</param>
    /// <param name="bytes">All of it.</param>
    /// <param name="withBatches">Whether record batches are shown.</param>
    /// <param name="withRecords">Whether records are shown.</param>
    /// <exception cref="CorruptObjectException">What is wrong with it, and where.</exception>
    /// <exception cref="NotSupportedException">It is none of ours, or of a later version.</exception>
    public static IRendered Inspect(string name, ReadOnlySequence<byte> bytes, bool withBatches, bool withRecords)
    {
        var magic = bytes.Slice(0, Math.Min(bytes.Length, MagicLength)).ToArray();
        return magic switch
        {
            [(byte)'K', (byte)'A', (byte)'F', (byte)'S'] => Segment(name, bytes, withBatches, withRecords),
            [(byte)'K', (byte)'A', (byte)'F', (byte)'W'] => Wal(name, bytes, withBatches, withRecords),
            [(byte)'K', (byte)'A', (byte)'F', (byte)'M'] => Manifest(name, bytes),
            [(byte)'I', (byte)'D', (byte)'X', 0] => Index(name, bytes),
            _ => throw new NotSupportedException($"'{name}' is no segment, index, WAL object or manifest: it begins with {Convert.ToHexStringLower(magic)}."),
        };
    }

    private static Report Segment(string name, ReadOnlySequence<byte> bytes, bool withBatches, bool withRecords)
    {
        var segment = SegmentReader.Read(name, bytes);
        var contents = new BatchTables();
        contents.Add(name, "", partition: null, segment.Batches, withRecords);
        return contents.AddTo(
            new Report(new Fields()
                .Add("KIND", "segment")
                .Add("BYTES", bytes.Length)
                .Add("BASE-OFFSET", segment.BaseOffset)
                .Add("LAST-OFFSET", segment.LastOffset)
                .Add("RECORDS", segment.RecordCount)
                .Add("CREATED", Time(segment.CreatedAtMs))
                .Add("FIRST-TIME", Time(segment.FirstTimestampMs))
                .Add("MAX-TIME", Time(segment.MaxTimestampMs))
                .Add("CRC", $"{segment.BatchesCrc:x8}")),
            withBatches,
            withRecords);
    }

    private static Report Wal(string name, ReadOnlySequence<byte> bytes, bool withBatches, bool withRecords)
    {
        var directory = WalObjectReader.Read(name, bytes);
        var slices = new Table("TOPIC", "TOPIC-ID", "PARTITION", "EPOCH", "BASE-OFFSET", "LAST-OFFSET", "RECORDS", "POSITION", "BYTES", "CRC", "MAX-TIME", "PRODUCERS");
        var contents = new BatchTables();
        foreach (var entry in directory.Entries)
        {
            slices.Add(
                entry.TopicName,
                entry.TopicId.ToString(),
                entry.Partition,
                entry.LeaderEpoch,
                entry.BaseOffset,
                entry.LastOffset,
                entry.RecordCount,
                entry.Position,
                entry.Length,
                $"{entry.Crc:x8}",
                Time(entry.MaxTimestampMs),
                entry.ProducerBatches.Select(batch => batch.ProducerId).Distinct().ToArray());
            contents.Add(name, entry.TopicName, entry.Partition, bytes.Slice(entry.BatchesPosition, entry.BatchesLength), withRecords);
        }

        return contents.AddTo(
            new Report(new Fields()
                .Add("KIND", "WAL object")
                .Add("BYTES", bytes.Length)
                .Add("SESSION", directory.Session)
                .Add("SEQUENCE", directory.Sequence)
                .Add("CREATED", Time(directory.CreatedAtMs))).Add("slices", slices),
            withBatches,
            withRecords);
    }

    private static Report Index(string name, ReadOnlySequence<byte> bytes)
    {
        var index = SparseIndex.Parse(name, bytes);
        var entries = new Table("OFFSET", "POSITION");
        for (var i = 0; i < index.EntryCount; i++)
        {
            var entry = index.EntryAt(i);
            entries.Add(entry.BaseOffset, entry.Position);
        }

        return new Report(new Fields()
            .Add("KIND", "index")
            .Add("BYTES", bytes.Length)
            .Add("INTERVAL", index.IntervalMessages)
            .Add("ENTRY-COUNT", index.EntryCount)).Add("entries", entries);
    }

    private static Report Manifest(string name, ReadOnlySequence<byte> bytes)
    {
        var manifest = ManifestReader.Read(name, bytes);
        var segments = new Table("BASE-OFFSET", "END-OFFSET", "RECORDS", "BYTES", "INDEX-BYTES", "FIRST-TIME", "MAX-TIME", "CREATED");
        foreach (var segment in manifest.Segments)
        {
            segments.Add(
                segment.BaseOffset,
                segment.EndOffset,
                segment.RecordCount,
                segment.SegmentBytes,
                segment.IndexBytes,
                Time(segment.FirstTimestampMs),
                Time(segment.MaxTimestampMs),
                Time(segment.CreatedAtMs));
        }

        var epochs = new Table("LEADER-EPOCH", "START-OFFSET");
        foreach (var epoch in manifest.LeaderEpochs)
        {
            epochs.Add(epoch.Epoch, epoch.StartOffset);
        }

        var producers = new Table("PRODUCER", "EPOCH", "LAST-TIME", "BATCHES", "LAST-SEQUENCE");
        foreach (var producer in manifest.Producers)
        {
            producers.Add(
                producer.ProducerId, producer.ProducerEpoch, Time(producer.LastTimestampMs), producer.Batches.Count, producer.Batches.Count > 0 ? producer.Batches[^1].LastSequence : null);
        }

        return new Report(new Fields()
                .Add("KIND", "manifest")
                .Add("BYTES", bytes.Length)
                .Add("TOPIC", manifest.TopicName)
                .Add("TOPIC-ID", manifest.TopicId.ToString())
                .Add("PARTITION", manifest.Partition)
                .Add("VERSION", manifest.Version)
                .Add("LOG-START", manifest.LogStartOffset)
                .Add("MERGED-THROUGH", manifest.MergedThroughOffset)
                .Add("MERGE-POINT", manifest.MergePoint is { } point ? $"session {point.Session}, sequence {point.Sequence}" : null))
            .Add("segments", segments).Add("leaderEpochs", epochs).Add("producers", producers);
    }

    private static DateTimeOffset? Time(long unixMs) => unixMs <= NoTimestamp ? null : DateTimeOffset.FromUnixTimeMilliseconds(unixMs);
}
