namespace Kafscale.Broker.StorageTools;

/// <summary>Works on many objects side by side, as many as memory and a limit allow.</summary>
internal static class BoundedReads
{
    /// <summary>Runs an action for every item.</summary>
    /// <param name="items">The items.</param>
    /// <param name="bytesOf">What an item takes in memory while it is worked on.</param>
    /// <param name="maxItems">How many at once.</param>
    /// <param name="maxBytes">How many bytes at once; an item that alone has more is worked on by itself.</param>
    /// <param name="work">What to do.</param>
    public static async Task ForEachAsync<T>(IEnumerable<T> items, Func<T, long> bytesOf, int maxItems, long maxBytes, Func<T, Task> work)
    {
        var running = new List<(Task Task, long Bytes)>();
        var bytes = 0L;
        try
        {
            foreach (var item in items)
            {
                var needed = bytesOf(item);
                while (running.Count > 0 && (running.Count >= maxItems || bytes + needed > maxBytes))
                {
                    bytes -= await EndOneAsync(running);
                }

                bytes += needed;
                running.Add((work(item), needed));
            }
        }
        finally
        {
            await Task.WhenAll(running.Select(one => one.Task));
        }
    }

    private static async Task<long> EndOneAsync(List<(Task Task, long Bytes)> running)
    {
        await Task.WhenAny(running.Select(one => one.Task));
        var ended = running.FindIndex(one => one.Task.IsCompleted);
        var (task, bytes) = running[ended];
        running.RemoveAt(ended);
        await task;
        return bytes;
    }
}
