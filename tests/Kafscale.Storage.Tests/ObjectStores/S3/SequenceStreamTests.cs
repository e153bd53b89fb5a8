using CsCheck;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

public sealed class SequenceStreamTests
{
    [Fact]
    public void Any_reads_and_seeks_give_what_an_array_would_give() =>
        Gen.Select(Gen.Int[0, 300], Gen.Int[1, 40], Gen.Select(Gen.Bool, Gen.Int[0, 350]).Array[0, 30]).Sample((length, segmentLength, steps) =>
        {
            var bytes = Bodies.Random(length, seed: length);
            using var expected = new MemoryStream(bytes);
            using var stream = new SequenceStream(Bodies.InSegments(bytes, segmentLength));
            foreach (var (isSeek, number) in steps)
            {
                if (isSeek)
                {
                    Assert.Equal(expected.Seek(number, SeekOrigin.Begin), stream.Seek(number, SeekOrigin.Begin));
                }
                else
                {
                    var (wanted, got) = (new byte[number], new byte[number]);
                    Assert.Equal(expected.Read(wanted), stream.Read(got));
                    Assert.Equal(wanted, got);
                }

                Assert.Equal(expected.Position, stream.Position);
            }
        });

    [Theory]
    [InlineData(SeekOrigin.Begin, 3, 3)]
    [InlineData(SeekOrigin.Current, -2, 2)]
    [InlineData(SeekOrigin.End, -1, 9)]
    public void Seeking_counts_from_where_it_says(SeekOrigin origin, int offset, int expected)
    {
        using var stream = new SequenceStream(Bodies.Whole(new byte[10]));
        stream.Position = 4;
        Assert.Equal(expected, stream.Seek(offset, origin));
    }

    [Fact]
    public void There_is_nothing_before_the_start()
    {
        using var stream = new SequenceStream(Bodies.Whole(new byte[10]));
        Assert.Throws<IOException>(() => stream.Seek(-11, SeekOrigin.End));
        Assert.Throws<ArgumentOutOfRangeException>(() => stream.Position = -1);
    }

    [Fact]
    public async Task A_copy_has_every_byte_in_order()
    {
        var bytes = Bodies.Random(100_000);
        await using var stream = new SequenceStream(Bodies.InSegments(bytes, 777));
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, 4096, TestContext.Current.CancellationToken);
        Assert.Equal(bytes, copy.ToArray());
    }

    [Fact]
    public async Task A_cancelled_read_reads_nothing()
    {
        await using var stream = new SequenceStream(Bodies.Whole([1, 2, 3]));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await stream.ReadExactlyAsync(new byte[3], new CancellationToken(canceled: true)));
        Assert.Equal(0, stream.Position);
    }

    [Fact]
    public void After_disposal_the_bytes_are_not_looked_at_any_more()
    {
        var stream = new SequenceStream(Bodies.Whole([1, 2, 3]));
        stream.Dispose();
        Assert.Throws<ObjectDisposedException>(() => stream.ReadByte());
        Assert.Throws<ObjectDisposedException>(() => stream.Position = 0);
    }

    [Fact]
    public void It_cannot_be_written()
    {
        using var stream = new SequenceStream(Bodies.Whole([1, 2, 3]));
        Assert.False(stream.CanWrite);
        Assert.Throws<NotSupportedException>(() => stream.WriteByte(1));
        Assert.Throws<NotSupportedException>(() => stream.SetLength(1));
    }
}
