namespace Kafscale.Storage.Caching;

/// <summary>Remembers which blocks were evicted lately, without their bytes. Not thread-safe.</summary>
internal sealed class GhostBlocks(int capacity)
{
    private readonly Queue<(string Key, int Block)> _order = new();
    private readonly HashSet<(string Key, int Block)> _blocks = [];

    public void Add(string key, int block)
    {
        if (!_blocks.Add((key, block)))
            return;
        _order.Enqueue((key, block));
        if (_order.Count > capacity)
            _blocks.Remove(_order.Dequeue());
    }

    public bool Contains(string key, int block) => _blocks.Contains((key, block));
}
