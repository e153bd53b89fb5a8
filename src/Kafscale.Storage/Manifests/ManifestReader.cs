using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Manifests;

/// <summary>Reads manifests; what a later minor version added is skipped.</summary>
public static class ManifestReader
{
    /// <summary>Parses and verifies a manifest.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static Manifest Read(string key, in ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < ManifestFormat.HeaderLength + ManifestFormat.TrailerLength)
            throw new CorruptObjectException(key, 0, $"A manifest cannot have {bytes.Length} bytes.");
        VerifyCrc(key, bytes);

        var parser = new BigEndianParser(key, startPosition: 0, bytes.Slice(0, bytes.Length - ManifestFormat.TrailerLength));
        parser.ExpectMagic(ManifestFormat.Magic, "manifest's");
        var majorVersion = parser.ReadUInt16("major version");
        var minorVersion = parser.ReadUInt16("minor version");
        if (majorVersion != ManifestFormat.MajorVersion)
            throw new UnsupportedVersionException(key, $"{majorVersion}.{minorVersion}", $"{ManifestFormat.MajorVersion}");

        var manifest = ParseSections(ref parser);
        return manifest.FindContradiction() is { } contradiction ? throw parser.Corrupt(ManifestFormat.HeaderLength, contradiction) : manifest;
    }

    private static void VerifyCrc(string key, in ReadOnlySequence<byte> bytes)
    {
        var crcPosition = bytes.Length - ManifestFormat.TrailerLength;
        var crc = Crc32C.Compute(bytes.Slice(0, crcPosition));
        var expectedCrc = new BigEndianParser(key, crcPosition, bytes.Slice(crcPosition)).ReadUInt32("CRC");
        if (crc != expectedCrc)
            throw new CorruptObjectException(key, crcPosition, $"The CRC is 0x{crc:X8}, but the last bytes say 0x{expectedCrc:X8}.");
    }

    private static Manifest ParseSections(ref BigEndianParser parser)
    {
        Manifest? partition = null;
        ManifestSegment[]? segments = null;
        LeaderEpochStart[]? leaderEpochs = null;
        ProducerSnapshot[]? producers = null;
        MergePoint? mergePoint = null;
        while (parser.Remaining > 0)
        {
            var sectionPosition = parser.Position;
            var id = parser.ReadUInt16("section's number");
            var section = parser.Take(parser.ReadUInt32("section's length"), "section");
            var isRepeated = id switch
            {
                ManifestFormat.PartitionSection => partition is not null,
                ManifestFormat.SegmentsSection => segments is not null,
                ManifestFormat.LeaderEpochsSection => leaderEpochs is not null,
                ManifestFormat.ProducersSection => producers is not null,
                ManifestFormat.MergePointSection => mergePoint is not null,
                _ => false,
            };
            if (isRepeated)
                throw parser.Corrupt(sectionPosition, $"Section {id} is there twice.");
            switch (id)
            {
                case ManifestFormat.PartitionSection:
                    partition = ParsePartition(section);
                    break;
                case ManifestFormat.SegmentsSection:
                    segments = ParseSegments(section);
                    break;
                case ManifestFormat.LeaderEpochsSection:
                    leaderEpochs = ParseLeaderEpochs(section);
                    break;
                case ManifestFormat.ProducersSection:
                    producers = ParseProducers(section);
                    break;
                case ManifestFormat.MergePointSection:
                    mergePoint = new MergePoint(section.ReadNotNegativeInt64("merge point's session"), section.ReadNotNegativeInt64("merge point's sequence"));
                    break;
            }
        }

        if (partition is null || segments is null || leaderEpochs is null || producers is null)
            throw parser.Corrupt(parser.Position, "The manifest ends before all of its sections 1 to 4 were there.");
        return new Manifest
        {
            TopicId = partition.TopicId,
            TopicName = partition.TopicName,
            Partition = partition.Partition,
            Version = partition.Version,
            LogStartOffset = partition.LogStartOffset,
            MergedThroughOffset = partition.MergedThroughOffset,
            Segments = segments,
            LeaderEpochs = leaderEpochs,
            Producers = producers,
            MergePoint = mergePoint,
        };
    }

    private static Manifest ParsePartition(BigEndianParser section) => new()
    {
        TopicId = section.ReadGuid("topic id"),
        TopicName = section.ReadTopicName(),
        Partition = section.ReadNotNegativeInt32("partition"),
        Version = section.ReadNotNegativeInt64("manifest's version"),
        LogStartOffset = section.ReadNotNegativeInt64("log start offset"),
        MergedThroughOffset = section.ReadNotNegativeInt64("merged-through offset"),
    };

    private static ManifestSegment[] ParseSegments(BigEndianParser section)
    {
        var segments = new ManifestSegment[ReadListHeader(ref section, ManifestFormat.SegmentEntryLength, out var entryLength)];
        for (var i = 0; i < segments.Length; i++)
        {
            var entry = section.Take(entryLength, "segment's entry");
            segments[i] = new ManifestSegment(
                entry.ReadInt64("base offset"),
                entry.ReadInt64("end offset"),
                entry.ReadInt64("segment's size"),
                entry.ReadInt64("index's size"),
                entry.ReadInt32("record count"),
                entry.ReadInt64("first timestamp"),
                entry.ReadInt64("max timestamp"),
                entry.ReadInt64("creation time"));
        }

        return segments;
    }

    private static LeaderEpochStart[] ParseLeaderEpochs(BigEndianParser section)
    {
        var leaderEpochs = new LeaderEpochStart[ReadListHeader(ref section, ManifestFormat.LeaderEpochEntryLength, out var entryLength)];
        for (var i = 0; i < leaderEpochs.Length; i++)
        {
            var entry = section.Take(entryLength, "leader epoch's entry");
            leaderEpochs[i] = new LeaderEpochStart(entry.ReadInt32("leader epoch"), entry.ReadInt64("start offset"));
        }

        return leaderEpochs;
    }

    private static ProducerSnapshot[] ParseProducers(BigEndianParser section)
    {
        var producers = new ProducerSnapshot[section.ReadCount("producer count", ManifestFormat.ProducerFixedLength)];
        for (var i = 0; i < producers.Length; i++)
        {
            producers[i] = new ProducerSnapshot
            {
                ProducerId = section.ReadInt64("producer id"),
                ProducerEpoch = section.ReadInt16("producer epoch"),
                LastTimestampMs = section.ReadInt64("last timestamp"),
                Batches = ParseProducerBatches(ref section),
            };
        }

        return producers;
    }

    private static ProducerSnapshotBatch[] ParseProducerBatches(ref BigEndianParser section)
    {
        var batches = new ProducerSnapshotBatch[section.ReadByte("batch count")];
        for (var i = 0; i < batches.Length; i++)
        {
            batches[i] = new ProducerSnapshotBatch(
                section.ReadInt32("base sequence"),
                section.ReadInt32("last sequence"),
                section.ReadInt64("batch's base offset"),
                section.ReadInt64("batch's last offset"));
        }

        return batches;
    }

    /// <summary>A later minor version may have longer entries; what is behind the known fields is skipped with the entry.</summary>
    private static int ReadListHeader(ref BigEndianParser section, int knownEntryLength, out int entryLength)
    {
        var position = section.Position;
        var count = section.ReadInt32("entry count");
        entryLength = section.ReadUInt16("entry length");
        return entryLength >= knownEntryLength && count >= 0 && count <= section.Remaining / entryLength
            ? count
            : throw section.Corrupt(position, $"{count} entries of {entryLength} bytes cannot be in the {section.Remaining} bytes that follow.");
    }
}
