using System.Buffers;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Binary;
using Kafscale.Storage.Snapshots;

namespace Kafscale.Storage.Checkpoints;

/// <summary>
/// The commits of a run of one session's WAL objects, so that the metadata store need not hold each of them. What a commit says is
/// the metadata store's business: here it is bytes.
/// </summary>
public sealed class Checkpoint
{
    private const uint Magic = 0x4B414650;
    private const ushort FormatVersion = 1;
    private const int FixedLength = 4 + 2 + 2 + 8 + 8 + 8 + 8 + 4 + Checksum.Length;
    private const int EntryFixedLength = 8 + 4;

    /// <summary>The session that wrote this object; part of its key.</summary>
    public required long Writer { get; init; }

    /// <summary>Tells the writer's checkpoints apart; part of the key.</summary>
    public required long Version { get; init; }

    /// <summary>The session whose commits these are.</summary>
    public required long Session { get; init; }

    /// <summary>When it was written, in Unix milliseconds.</summary>
    public required long CreatedAtMs { get; init; }

    /// <summary>At least one, in the order of their sequences.</summary>
    public required IReadOnlyList<CheckpointedCommit> Commits { get; init; }

    /// <summary>The object's bytes.</summary>
    public byte[] ToBytes()
    {
        var length = FixedLength;
        foreach (var commit in Commits)
        {
            length = checked(length + EntryFixedLength + commit.Record.Length);
        }

        var bytes = new byte[length];
        var writer = new BigEndianWriter(bytes);
        writer.WriteUInt32(Magic);
        writer.WriteUInt16(FormatVersion);
        writer.WriteUInt16(0);
        writer.WriteInt64(Writer);
        writer.WriteInt64(Version);
        writer.WriteInt64(Session);
        writer.WriteInt64(CreatedAtMs);
        writer.WriteInt32(Commits.Count);
        foreach (var commit in Commits)
        {
            writer.WriteInt64(commit.Sequence);
            writer.WriteInt32(commit.Record.Length);
            writer.WriteBytes(commit.Record.Span);
        }

        writer.WriteUInt32(Crc32C.Compute(bytes.AsSpan(0, writer.Position)));
        return bytes;
    }

    /// <summary>Parses and verifies a checkpoint.</summary>
    /// <param name="key">The object's key, for messages.</param>
    /// <param name="bytes">The whole object.</param>
    /// <exception cref="CorruptObjectException">What is wrong, and where.</exception>
    /// <exception cref="UnsupportedVersionException">Another release of Kafscale wrote it.</exception>
    public static Checkpoint Read(string key, in ReadOnlySequence<byte> bytes)
    {
        var parser = Checksum.OpenVerified(key, bytes);
        parser.ExpectHeader(Magic, FormatVersion, "checkpoint's");
        var checkpoint = new Checkpoint
        {
            Writer = parser.ReadNotNegativeInt64("writer"),
            Version = parser.ReadNotNegativeInt64("version"),
            Session = parser.ReadNotNegativeInt64("session"),
            CreatedAtMs = parser.ReadInt64("creation time"),
            Commits = ReadCommits(ref parser),
        };
        parser.ExpectEnd("checkpoint");
        return checkpoint;
    }

    private static CheckpointedCommit[] ReadCommits(ref BigEndianParser parser)
    {
        var position = parser.Position;
        var commits = new CheckpointedCommit[parser.ReadCount("commit count", EntryFixedLength)];
        if (commits.Length == 0)
        {
            throw parser.Corrupt(position, "There is no commit in it.");
        }

        var before = -1L;
        for (var i = 0; i < commits.Length; i++)
        {
            position = parser.Position;
            var sequence = parser.ReadInt64("sequence");
            if (sequence <= before)
            {
                throw parser.Corrupt(position, $"The sequence is {sequence}, which does not follow on {before}.");
            }

            commits[i] = new CheckpointedCommit(sequence, parser.ReadBytes(parser.ReadNotNegativeInt32("commit's length"), "commit"));
            before = sequence;
        }

        return commits;
    }
}
