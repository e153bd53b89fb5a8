using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Snapshots;

/// <summary>
/// Says whose a namespace of a bucket is, so that no other cluster, and no metadata store that knows nothing of what is there,
/// takes its objects for garbage. Written once for every incarnation.
/// </summary>
/// <param name="Incarnation">How often the cluster's metadata had been rebuilt; part of the object's key.</param>
/// <param name="ClusterId">The cluster's id, at most 255 ASCII characters.</param>
public sealed record ClusterMark(long Incarnation, string ClusterId)
{
    private const uint Magic = 0x4B414643;
    private const ushort Version = 1;
    private const int FixedLength = 4 + 2 + 2 + 8 + 1 + 4;

    /// <summary>The object's bytes.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[FixedLength + ClusterId.Length];
        var writer = new BigEndianWriter(bytes);
        writer.WriteUInt32(Magic);
        writer.WriteUInt16(Version);
        writer.WriteUInt16(0);
        writer.WriteInt64(Incarnation);
        writer.WriteShortText(ClusterId);
        writer.WriteUInt32(Crc32C.Compute(bytes.AsSpan(0, writer.Position)));
        return bytes;
    }

    /// <summary>Parses and verifies a mark.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static ClusterMark Read(string key, in ReadOnlySequence<byte> bytes)
    {
        var parser = Checksum.OpenVerified(key, bytes);
        parser.ExpectHeader(Magic, Version, "mark's");
        var mark = new ClusterMark(parser.ReadNotNegativeInt64("incarnation"), parser.ReadShortText("cluster id"));
        parser.ExpectEnd("mark");
        return mark;
    }
}
