using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>A block of the drawing of a log: one object, or a few of the same state that lie side by side.</summary>
/// <param name="State">As <see cref="LogObject.State"/>.</param>
/// <param name="First">The index of the first object.</param>
/// <param name="Count">How many objects.</param>
/// <param name="From">The first offset.</param>
/// <param name="To">Behind the last offset.</param>
/// <param name="Bytes">How much it is.</param>
/// <param name="CachedBytes">How much of it is in the cache.</param>
public sealed record ObjectStrip(string State, int First, int Count, long From, long To, long Bytes, long CachedBytes)
{
    /// <summary>Which part of its width is drawn as cached.</summary>
    public double CachedShare => Bytes <= 0 ? 0 : Math.Clamp((double)CachedBytes / Bytes, 0, 1);

    /// <summary>Blocks for objects, in the order of their offsets.</summary>
    /// <param name="objects">The objects in that order.</param>
    /// <param name="maxBlocks">About how many blocks there may be: so many, and one more for each change of state.</param>
    public static IReadOnlyList<ObjectStrip> Of(IReadOnlyList<LogObject> objects, int maxBlocks)
    {
        var together = Math.Max(1, (objects.Count + maxBlocks - 1) / maxBlocks);
        var blocks = new List<ObjectStrip>();
        for (var i = 0; i < objects.Count; i++)
        {
            var one = objects[i];
            if (blocks.Count > 0 && blocks[^1] is { } last && last.State == one.State && last.Count < together)
            {
                blocks[^1] = last with { Count = last.Count + 1, To = one.EndOffset, Bytes = last.Bytes + one.Bytes, CachedBytes = last.CachedBytes + one.CachedBytes };
            }
            else
            {
                blocks.Add(new ObjectStrip(one.State, i, 1, one.BaseOffset, one.EndOffset, one.Bytes, one.CachedBytes));
            }
        }

        return blocks;
    }
}
