using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Checkpoints;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.Segments;
using Kafscale.Storage.Snapshots;
using Kafscale.Storage.Wal;

namespace Kafscale.Storage.Tests.Formats;

public sealed class FormatVersionTests
{
    private const string Key = "default/what/it/is/called";
    private const int VersionPosition = 4;

    private static readonly Dictionary<string, (byte[] Bytes, bool HasTrailingCrc, Action<byte[]> Read)> Formats = new()
    {
        ["segment"] = (Golden("segment-00000000000000000100.kfs"), false, bytes => SegmentReader.Read(Key, Bodies.Whole(bytes))),
        ["index"] = (Golden("segment-00000000000000000100.index"), false, bytes => SparseIndex.Parse(Key, Bodies.Whole(bytes))),
        ["WAL object"] = (Golden("00000000000000000007.wal"), false, bytes => WalObjectReader.Read(Key, Bodies.Whole(bytes))),
        ["manifest"] = (Golden("manifest-00000000000000000012"), true, bytes => ManifestReader.Read(Key, Bodies.Whole(bytes))),
        ["checkpoint"] = (Golden("checkpoint-00000000000000000009"), true, bytes => Checkpoint.Read(Key, Bodies.Whole(bytes))),
        ["mark"] = (new ClusterMark(3, "cluster").ToBytes(), true, bytes => ClusterMark.Read(Key, Bodies.Whole(bytes))),
        ["snapshot"] = (new MetadataSnapshot { ClusterId = "cluster", Incarnation = 1, Revision = 2, CreatedAtMs = 3, LiveSessions = [], Entries = [] }.ToBytes(), true, bytes => MetadataSnapshot.Read(Key, Bodies.Whole(bytes))),
    };

    public static TheoryData<string> Names => [.. Formats.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Another_version_of_a_format_is_refused_with_the_object_its_version_and_the_one_that_is_read(string name)
    {
        var (bytes, hasTrailingCrc, read) = Formats[name];
        read(bytes);
        foreach (ushort version in (ushort[])[0, 2, 0x0101, ushort.MaxValue])
        {
            byte[] changed = [.. bytes];
            BinaryPrimitives.WriteUInt16BigEndian(changed.AsSpan(VersionPosition), version);
            if (hasTrailingCrc)
                BinaryPrimitives.WriteUInt32BigEndian(changed.AsSpan(changed.Length - 4), Crc32C.Compute(changed.AsSpan(0, changed.Length - 4)));

            var exception = Assert.Throws<UnsupportedVersionException>(() => read(changed));

            Assert.Equal(Key, exception.Key);
            Assert.Contains($"'{Key}' has version {version}", exception.Message, StringComparison.Ordinal);
            Assert.Contains("reads version 1. Use the release that wrote it", exception.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Golden(string name) => GoldenFile.Read(name + ".hex");
}
