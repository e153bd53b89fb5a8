using System.Buffers;
using Kafscale.Storage.Binary;

namespace Kafscale.Storage.Tests;

public sealed class SequenceBuilderTests
{
    [Fact]
    public void A_builder_that_is_used_again_has_the_new_pieces_alone()
    {
        var builder = new SequenceBuilder();
        foreach (var count in (int[])[3, 5_000, 1, 0, 4, 2])
        {
            var expected = new byte[count];
            for (var i = 0; i < count; i++)
            {
                expected[i] = (byte)i;
                builder.Append(expected.AsMemory(i, 1));
            }

            Assert.Equal(expected, builder.ToSequence().ToArray());
            Assert.Equal(count, builder.Length);
            builder.Clear();
            Assert.True(builder.ToSequence().IsEmpty);
        }
    }

    [Fact]
    public void A_sequence_ends_with_its_last_piece_though_idle_ones_are_there()
    {
        var builder = new SequenceBuilder();
        builder.Append(new byte[] { 1 });
        builder.Append(new byte[] { 2 });
        builder.Append(new byte[] { 3 });
        builder.Clear();
        builder.Append(new ReadOnlySequence<byte>(new byte[] { 4, 5 }));

        var sequence = builder.ToSequence();

        Assert.True(sequence.IsSingleSegment);
        Assert.Null(((ReadOnlySequenceSegment<byte>)sequence.Start.GetObject()!).Next);
        Assert.Equal([4, 5], sequence.ToArray());
    }
}
