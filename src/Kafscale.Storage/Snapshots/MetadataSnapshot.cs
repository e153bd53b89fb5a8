using System.Buffers;
using System.Text;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Snapshots;

/// <summary>
/// What the metadata store held as of one revision and can not be learnt from records: topics, configurations, groups, offsets.
/// A bucket that has one can be rebuilt from with all of that.
/// </summary>
public sealed class MetadataSnapshot
{
    private const uint Magic = 0x4B41464E;
    private const ushort Version = 1;
    private const int FixedLength = 4 + 2 + 2 + 8 + 8 + 8 + 1 + 4 + 4 + Checksum.Length;
    private const int EntryFixedLength = 2 + 4;

    /// <summary>How often the cluster's metadata had been rebuilt; part of the object's key.</summary>
    public required long Incarnation { get; init; }

    /// <summary>The metadata store's revision; part of the object's key.</summary>
    public required long Revision { get; init; }

    /// <summary>When it was taken, in Unix milliseconds.</summary>
    public required long CreatedAtMs { get; init; }

    public required string ClusterId { get; init; }

    /// <summary>The sessions that were live.</summary>
    public required IReadOnlyList<long> LiveSessions { get; init; }

    /// <summary>In the order of their keys.</summary>
    public required IReadOnlyList<SnapshotEntry> Entries { get; init; }

    /// <summary>The object's bytes.</summary>
    public byte[] ToBytes()
    {
        var length = FixedLength + ClusterId.Length + (sizeof(long) * LiveSessions.Count);
        foreach (var entry in Entries)
        {
            length = checked(length + EntryFixedLength + Encoding.UTF8.GetByteCount(entry.Key) + entry.Value.Length);
        }

        var bytes = new byte[length];
        var writer = new BigEndianWriter(bytes);
        writer.WriteUInt32(Magic);
        writer.WriteUInt16(Version);
        writer.WriteUInt16(0);
        writer.WriteInt64(Incarnation);
        writer.WriteInt64(Revision);
        writer.WriteInt64(CreatedAtMs);
        writer.WriteShortText(ClusterId);
        writer.WriteInt32(LiveSessions.Count);
        foreach (var session in LiveSessions)
        {
            writer.WriteInt64(session);
        }

        writer.WriteInt32(Entries.Count);
        foreach (var entry in Entries)
        {
            var key = Encoding.UTF8.GetBytes(entry.Key);
            writer.WriteUInt16(checked((ushort)key.Length));
            writer.WriteBytes(key);
            writer.WriteInt32(entry.Value.Length);
            writer.WriteBytes(entry.Value.Span);
        }

        writer.WriteUInt32(Crc32C.Compute(bytes.AsSpan(0, writer.Position)));
        return bytes;
    }

    /// <summary>Parses and verifies a snapshot.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static MetadataSnapshot Read(string key, in ReadOnlySequence<byte> bytes)
    {
        var parser = Checksum.OpenVerified(key, bytes);
        parser.ExpectHeader(Magic, Version, "snapshot's");
        var snapshot = new MetadataSnapshot
        {
            Incarnation = parser.ReadNotNegativeInt64("incarnation"),
            Revision = parser.ReadNotNegativeInt64("revision"),
            CreatedAtMs = parser.ReadInt64("creation time"),
            ClusterId = parser.ReadShortText("cluster id"),
            LiveSessions = ReadSessions(ref parser),
            Entries = ReadEntries(ref parser),
        };
        parser.ExpectEnd("snapshot");
        return snapshot;
    }

    private static long[] ReadSessions(ref BigEndianParser parser)
    {
        var sessions = new long[parser.ReadCount("session count", sizeof(long))];
        for (var i = 0; i < sessions.Length; i++)
        {
            sessions[i] = parser.ReadInt64("session");
        }

        return sessions;
    }

    private static SnapshotEntry[] ReadEntries(ref BigEndianParser parser)
    {
        var entries = new SnapshotEntry[parser.ReadCount("entry count", EntryFixedLength)];
        for (var i = 0; i < entries.Length; i++)
        {
            var key = Encoding.UTF8.GetString(parser.ReadBytes(parser.ReadUInt16("key's length"), "key"));
            entries[i] = new SnapshotEntry(key, parser.ReadBytes(parser.ReadNotNegativeInt32("value's length"), "value"));
        }

        return entries;
    }
}
