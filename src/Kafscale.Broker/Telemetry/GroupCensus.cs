using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;

namespace Kafscale.Broker.Telemetry;

/// <summary>Looks at all groups that a broker coordinates; again where the last look is old.</summary>
internal sealed class GroupCensus(GroupCoordinator coordinator, ClusterState cluster, int maxPairs, TimeProvider timeProvider, Action<long> onPartitionLag)
{
    // A broker may have ten thousand groups with a hundred offsets each.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private Result? _last;
    private long _lookedAt;

    /// <summary>What there is, or was a moment ago.</summary>
    public Result Look()
    {
        lock (_lock)
        {
            if (_last is null || timeProvider.GetElapsedTime(_lookedAt) >= MaxAge)
            {
                _lookedAt = timeProvider.GetTimestamp();
                _last = Count();
            }

            return _last;
        }
    }

    private Result Count()
    {
        var states = new Dictionary<string, long>();
        var members = 0L;
        var maxLag = 0L;
        var lags = new Dictionary<(string Group, string Topic), long>();
        foreach (var (id, _, state, count, offsets) in coordinator.LookAtGroups())
        {
            states[state] = states.GetValueOrDefault(state) + 1;
            members += count;
            foreach (var (key, offset) in offsets)
            {
                if (cluster.TryGetPartition(key.TopicId, key.Partition, out var log))
                {
                    var lag = Math.Max(0, log.HighWatermark - Math.Max(offset, log.LogStartOffset));
                    lags[(id, log.Id.Topic)] = lags.GetValueOrDefault((id, log.Id.Topic)) + lag;
                    maxLag = Math.Max(maxLag, lag);
                    onPartitionLag(lag);
                }
            }
        }

        return new Result(states, members, maxLag, Bound(lags));
    }

    private List<(string Group, string Topic, long Records)> Bound(Dictionary<(string Group, string Topic), long> lags)
    {
        var sorted = lags.Select(lag => (lag.Key.Group, lag.Key.Topic, lag.Value)).OrderByDescending(lag => lag.Value)
            .ThenBy(lag => lag.Group, StringComparer.Ordinal).ThenBy(lag => lag.Topic, StringComparer.Ordinal).ToList();
        if (sorted.Count <= maxPairs)
        {
            return sorted;
        }

        var others = sorted.Skip(maxPairs).Sum(lag => lag.Value);
        return [.. sorted.Take(maxPairs), (BoundedNames.Other, BoundedNames.Other, others)];
    }

    /// <summary>What there is.</summary>
    /// <param name="States">How many groups are in each state.</param>
    /// <param name="Members">Members of all groups.</param>
    /// <param name="MaxLag">The largest lag of a partition.</param>
    /// <param name="Lags">The lag of each group and topic.</param>
    public sealed record Result(
        IReadOnlyDictionary<string, long> States, long Members, long MaxLag, IReadOnlyList<(string Group, string Topic, long Records)> Lags);
}
