using CsCheck;
using Kafscale.Console.Administration;
using Kafscale.Console.Cluster;

namespace Kafscale.Console.Tests.Cluster;

public sealed class ObjectStripTests
{
    [Fact]
    public void Blocks_cover_all_objects_in_order_and_never_mix_states() => Gen.Select(Gen.Int[0, 2].Select(state => ((string[])[LogObject.Merged, LogObject.Waiting, LogObject.Deleted])[state]), Gen.Long[0, 1000]).List[0, 300]
        .Select(Gen.Int[1, 40]).Sample((parts, maxBlocks) =>
    {
        var objects = parts.Select((part, i) => new LogObject(part.Item1, $"{i}", i * 10, (i + 1) * 10, part.Item2, part.Item2, default, null, part.Item2 / 2)).ToList();

        var blocks = ObjectStrip.Of(objects, maxBlocks);

        var changes = objects.Zip(objects.Skip(1)).Count(pair => pair.First.State != pair.Second.State);
        Assert.InRange(blocks.Count, 0, maxBlocks + changes);
        Assert.Equal(objects.Count, blocks.Sum(block => block.Count));
        Assert.Equal(objects.Sum(one => one.Bytes), blocks.Sum(block => block.Bytes));
        Assert.All(blocks, block => Assert.All(objects.Skip(block.First).Take(block.Count), one => Assert.Equal(block.State, one.State)));
        Assert.All(blocks.Zip(blocks.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
    });
}
