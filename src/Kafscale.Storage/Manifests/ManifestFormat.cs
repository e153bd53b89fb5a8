namespace Kafscale.Storage.Manifests;

/// <summary>The layout of manifests, version 1; described in <c>docs/formats.md</c>.</summary>
internal static class ManifestFormat
{
    public const uint Magic = 0x4B41464D;

    /// <summary>Readers refuse what has a greater one.</summary>
    public const ushort MajorVersion = 1;

    /// <summary>Grows with sections or entry fields that a reader may ignore.</summary>
    public const ushort MinorVersion = 1;

    /// <summary>Of manifests without a merge point, which are as they were before there was one.</summary>
    public const ushort FirstMinorVersion = 0;

    public const int HeaderLength = 8;
    public const int SectionHeaderLength = 6;
    public const int TrailerLength = 4;

    public const ushort PartitionSection = 1;
    public const ushort SegmentsSection = 2;
    public const ushort LeaderEpochsSection = 3;
    public const ushort ProducersSection = 4;
    public const ushort MergePointSection = 5;

    /// <summary>Count and entry length.</summary>
    public const int ListHeaderLength = 6;

    public const int SegmentEntryLength = 60;
    public const int LeaderEpochEntryLength = 12;

    /// <summary>The partition's section without the topic name's characters.</summary>
    public const int PartitionFixedLength = 45;

    public const int MergePointLength = 16;

    /// <summary>A producer's entry without its batches.</summary>
    public const int ProducerFixedLength = 19;

    public const int ProducerBatchLength = 24;
}
