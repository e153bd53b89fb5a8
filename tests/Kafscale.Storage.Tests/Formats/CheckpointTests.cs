using System.Buffers.Binary;
using CsCheck;
using Kafscale.Protocol.Records;
using Kafscale.Storage.Checkpoints;

namespace Kafscale.Storage.Tests.Formats;

public sealed class CheckpointTests
{
    private const string GoldenName = "checkpoint-00000000000000000009.hex";
    private const string Key = "default/meta/checkpoint/00000000000000ff/00000000000000000009";

    private static readonly Checkpoint Golden = new()
    {
        Writer = 255,
        Version = 9,
        Session = 254,
        CreatedAtMs = 1767225600000,
        Commits = [new CheckpointedCommit(3, new byte[] { 0x08, 0x96, 0x01 }), new CheckpointedCommit(7, Array.Empty<byte>())],
    };

    private static Gen<Checkpoint> Checkpoints { get; } =
        from numbers in Gen.Long[0, long.MaxValue].Array[3]
        from createdAtMs in Gen.Long
        from steps in Gen.Select(Gen.Int[1, 1_000], Gen.Byte.Array[0, 100]).Array[1, 20]
        select CheckpointOf(numbers, createdAtMs, steps);

    [Fact]
    public void The_golden_checkpoint_reads_as_its_comments_say() => AssertSame(Golden, Read(GoldenFile.Read(GoldenName)));

    [Fact]
    public void The_golden_checkpoint_is_written_byte_for_byte() => Assert.Equal(GoldenFile.Read(GoldenName), Golden.ToBytes());

    [Fact]
    public void Any_checkpoint_that_is_written_is_read_back() =>
        Checkpoints.Sample(checkpoint => AssertSame(checkpoint, Read(checkpoint.ToBytes())));

    [Fact]
    public void Every_changed_byte_is_noticed() =>
        Corruption.AssertEveryChangedByteIsNoticed(GoldenFile.Read(GoldenName), bytes => Checkpoint.Read(Key, bytes));

    [Fact]
    public void Every_truncation_is_noticed() =>
        Corruption.AssertEveryTruncationIsNoticed(GoldenFile.Read(GoldenName), bytes => Checkpoint.Read(Key, bytes));

    [Fact]
    public void Random_bytes_are_harmless() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Corruption.AssertHarmless(bytes, sequence => Checkpoint.Read(Key, sequence)));

    [Fact]
    public void Any_content_with_a_true_checksum_is_harmless()
    {
        var golden = GoldenFile.Read(GoldenName);
        Gen.Select(Gen.Int[0, golden.Length - 5], Gen.Byte.Array[1, 8]).Sample((at, replacement) =>
        {
            var bytes = (byte[])golden.Clone();
            var target = bytes.AsSpan(at, Math.Min(replacement.Length, bytes.Length - 4 - at));
            replacement.AsSpan(0, target.Length).CopyTo(target);
            Corruption.AssertHarmless(WithCrc(bytes), sequence => Checkpoint.Read(Key, sequence));
        });
    }

    [Fact]
    public void Commits_that_are_not_in_the_order_of_their_sequences_are_refused() =>
        Assert.Throws<CorruptObjectException>(() => Read(With(Golden.Commits[1], Golden.Commits[0]).ToBytes()));

    [Fact]
    public void A_commit_twice_is_refused() =>
        Assert.Throws<CorruptObjectException>(() => Read(With(Golden.Commits[0], Golden.Commits[0]).ToBytes()));

    [Fact]
    public void A_checkpoint_of_nothing_is_refused() => Assert.Throws<CorruptObjectException>(() => Read(With().ToBytes()));

    private static Checkpoint CheckpointOf(long[] numbers, long createdAtMs, (int Step, byte[] Record)[] steps)
    {
        var sequence = -1L;
        return new Checkpoint
        {
            Writer = numbers[0],
            Version = numbers[1],
            Session = numbers[2],
            CreatedAtMs = createdAtMs,
            Commits = [.. steps.Select(step => new CheckpointedCommit(sequence += step.Step, step.Record))],
        };
    }

    private static Checkpoint With(params CheckpointedCommit[] commits) =>
        new() { Writer = 255, Version = 9, Session = 254, CreatedAtMs = 0, Commits = commits };

    private static Checkpoint Read(byte[] bytes) => Checkpoint.Read(Key, Bodies.InSegments(bytes, 7));

    private static void AssertSame(Checkpoint expected, Checkpoint actual)
    {
        Assert.Equal(
            (expected.Writer, expected.Version, expected.Session, expected.CreatedAtMs),
            (actual.Writer, actual.Version, actual.Session, actual.CreatedAtMs));
        Assert.Equal(
            expected.Commits.Select(commit => (commit.Sequence, Convert.ToHexString(commit.Record.Span))),
            actual.Commits.Select(commit => (commit.Sequence, Convert.ToHexString(commit.Record.Span))));
    }

    private static byte[] WithCrc(byte[] bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(bytes.Length - 4), Crc32C.Compute(bytes.AsSpan(0, bytes.Length - 4)));
        return bytes;
    }
}
