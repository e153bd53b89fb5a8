using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Manifests;

/// <summary>Writes manifests.</summary>
public static class ManifestWriter
{
    /// <summary>The manifest's bytes.</summary>
    /// <exception cref="ArgumentException">The manifest contradicts itself, or its topic name is invalid.</exception>
    public static byte[] Write(Manifest manifest)
    {
        TopicName.Validate(manifest.TopicName);
        if (manifest.FindContradiction() is { } contradiction)
            throw new ArgumentException(contradiction, nameof(manifest));

        var partitionLength = ManifestFormat.PartitionFixedLength + manifest.TopicName.Length;
        var segmentsLength = checked(ManifestFormat.ListHeaderLength + (ManifestFormat.SegmentEntryLength * manifest.Segments.Count));
        var epochsLength = checked(ManifestFormat.ListHeaderLength + (ManifestFormat.LeaderEpochEntryLength * manifest.LeaderEpochs.Count));
        var producersLength = sizeof(int);
        foreach (var producer in manifest.Producers)
            producersLength = checked(producersLength + ManifestFormat.ProducerFixedLength + (ManifestFormat.ProducerBatchLength * producer.Batches.Count));
        var length = checked(
            ManifestFormat.HeaderLength + (4 * ManifestFormat.SectionHeaderLength) + partitionLength + segmentsLength + epochsLength + producersLength
            + (manifest.MergePoint is null ? 0 : ManifestFormat.SectionHeaderLength + ManifestFormat.MergePointLength)
            + ManifestFormat.TrailerLength);

        var bytes = new byte[length];
        var writer = new BigEndianWriter(bytes);
        writer.WriteUInt32(ManifestFormat.Magic);
        writer.WriteUInt16(ManifestFormat.MajorVersion);
        writer.WriteUInt16(manifest.MergePoint is null ? ManifestFormat.FirstMinorVersion : ManifestFormat.MinorVersion);
        WritePartition(ref writer, manifest, partitionLength);
        WriteSegments(ref writer, manifest.Segments, segmentsLength);
        WriteLeaderEpochs(ref writer, manifest.LeaderEpochs, epochsLength);
        WriteProducers(ref writer, manifest.Producers, producersLength);
        if (manifest.MergePoint is { } mergePoint)
            WriteMergePoint(ref writer, mergePoint);
        writer.WriteUInt32(Crc32C.Compute(bytes.AsSpan(0, writer.Position)));
        return bytes;
    }

    private static void WritePartition(ref BigEndianWriter writer, Manifest manifest, int length)
    {
        WriteSectionHeader(ref writer, ManifestFormat.PartitionSection, length);
        writer.WriteGuid(manifest.TopicId);
        writer.WriteShortText(manifest.TopicName);
        writer.WriteInt32(manifest.Partition);
        writer.WriteInt64(manifest.Version);
        writer.WriteInt64(manifest.LogStartOffset);
        writer.WriteInt64(manifest.MergedThroughOffset);
    }

    private static void WriteSegments(ref BigEndianWriter writer, IReadOnlyList<ManifestSegment> segments, int length)
    {
        WriteSectionHeader(ref writer, ManifestFormat.SegmentsSection, length);
        writer.WriteInt32(segments.Count);
        writer.WriteUInt16(ManifestFormat.SegmentEntryLength);
        foreach (var segment in segments)
        {
            writer.WriteInt64(segment.BaseOffset);
            writer.WriteInt64(segment.EndOffset);
            writer.WriteInt64(segment.SegmentBytes);
            writer.WriteInt64(segment.IndexBytes);
            writer.WriteInt32(segment.RecordCount);
            writer.WriteInt64(segment.FirstTimestampMs);
            writer.WriteInt64(segment.MaxTimestampMs);
            writer.WriteInt64(segment.CreatedAtMs);
        }
    }

    private static void WriteLeaderEpochs(ref BigEndianWriter writer, IReadOnlyList<LeaderEpochStart> leaderEpochs, int length)
    {
        WriteSectionHeader(ref writer, ManifestFormat.LeaderEpochsSection, length);
        writer.WriteInt32(leaderEpochs.Count);
        writer.WriteUInt16(ManifestFormat.LeaderEpochEntryLength);
        foreach (var leaderEpoch in leaderEpochs)
        {
            writer.WriteInt32(leaderEpoch.Epoch);
            writer.WriteInt64(leaderEpoch.StartOffset);
        }
    }

    private static void WriteProducers(ref BigEndianWriter writer, IReadOnlyList<ProducerSnapshot> producers, int length)
    {
        WriteSectionHeader(ref writer, ManifestFormat.ProducersSection, length);
        writer.WriteInt32(producers.Count);
        foreach (var producer in producers)
        {
            writer.WriteInt64(producer.ProducerId);
            writer.WriteInt16(producer.ProducerEpoch);
            writer.WriteInt64(producer.LastTimestampMs);
            writer.WriteByte((byte)producer.Batches.Count);
            foreach (var batch in producer.Batches)
            {
                writer.WriteInt32(batch.BaseSequence);
                writer.WriteInt32(batch.LastSequence);
                writer.WriteInt64(batch.BaseOffset);
                writer.WriteInt64(batch.LastOffset);
            }
        }
    }

    private static void WriteMergePoint(ref BigEndianWriter writer, MergePoint mergePoint)
    {
        WriteSectionHeader(ref writer, ManifestFormat.MergePointSection, ManifestFormat.MergePointLength);
        writer.WriteInt64(mergePoint.Session);
        writer.WriteInt64(mergePoint.Sequence);
    }

    private static void WriteSectionHeader(ref BigEndianWriter writer, ushort section, int length)
    {
        writer.WriteUInt16(section);
        writer.WriteInt32(length);
    }
}
