namespace Kafscale.Console.Cluster;

/// <summary>What was seen of the cluster since the console was started, the newest part of it.</summary>
internal sealed class History
{
    private const int MaxPoints = 1800;
    private const int MaxLagPoints = 240;
    private const int MaxGroups = 5000;

    private readonly Lock _lock = new();
    private readonly Queue<HistoryPoint> _points = new();
    private readonly Dictionary<string, Queue<(DateTimeOffset At, double? Value)>> _lagByGroup = [];

    /// <summary>The points in the order of their times.</summary>
    public IReadOnlyList<HistoryPoint> Points
    {
        get
        {
            lock (_lock)
            {
                return [.. _points];
            }
        }
    }

    /// <summary>The lag of a group in the order of time.</summary>
    public IReadOnlyList<(DateTimeOffset At, double? Value)> LagOf(string group)
    {
        lock (_lock)
        {
            return _lagByGroup.TryGetValue(group, out var points) ? [.. points] : [];
        }
    }

    /// <summary>Keeps what was seen.</summary>
    public void Add(HistoryPoint point, IReadOnlyCollection<GroupSummary> groups)
    {
        lock (_lock)
        {
            Keep(_points, point, MaxPoints);
            foreach (var group in groups.Where(group => group.Lag is not null).Take(MaxGroups))
            {
                if (!_lagByGroup.TryGetValue(group.Id, out var lags))
                {
                    _lagByGroup.Add(group.Id, lags = new Queue<(DateTimeOffset, double?)>());
                }

                Keep(lags, (point.At, group.Lag), MaxLagPoints);
            }

            if (_lagByGroup.Count > groups.Count)
            {
                var present = groups.Select(group => group.Id).ToHashSet();
                foreach (var gone in _lagByGroup.Keys.Where(id => !present.Contains(id)).ToList())
                {
                    _lagByGroup.Remove(gone);
                }
            }
        }
    }

    private static void Keep<T>(Queue<T> queue, T item, int limit)
    {
        queue.Enqueue(item);
        if (queue.Count > limit)
        {
            queue.Dequeue();
        }
    }
}
