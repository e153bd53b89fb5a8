namespace Kafscale.Console.Administration;

/// <summary>How many of something took how long.</summary>
/// <param name="Cumulative">By upper bound in seconds, how many took no longer.</param>
public sealed record LatencyBuckets(IReadOnlyList<(double Bound, double Count)> Cumulative)
{
    public static LatencyBuckets None { get; } = new([]);

    public double Count => Cumulative.Count == 0 ? 0 : Cumulative[^1].Count;

    /// <summary>What came between two looks; what counts from zero again is taken as it is.</summary>
    public static LatencyBuckets Between(SortedDictionary<double, double> before, SortedDictionary<double, double> after)
    {
        var isReset = after.Any(bucket => before.GetValueOrDefault(bucket.Key) > bucket.Value);
        return new LatencyBuckets([.. after.Select(bucket => (bucket.Key, bucket.Value - (isReset ? 0 : before.GetValueOrDefault(bucket.Key))))]);
    }

    /// <summary>Those of several brokers together.</summary>
    public static LatencyBuckets Sum(IEnumerable<LatencyBuckets> parts) => new(
    [
        .. parts.SelectMany(part => part.Cumulative).GroupBy(bucket => bucket.Bound).OrderBy(group => group.Key)
            .Select(group => (group.Key, group.Sum(bucket => bucket.Count))),
    ]);

    /// <summary>The time in seconds that a share of them did not take longer than, as near as the buckets tell; null where there were none.</summary>
    /// <param name="share">From 0 to 1.</param>
    public double? Quantile(double share)
    {
        if (Count <= 0)
        {
            return null;
        }

        var rank = share * Count;
        var (lowerBound, lowerCount) = (0.0, 0.0);
        foreach (var (bound, count) in Cumulative)
        {
            if (count >= rank && count > lowerCount)
            {
                return double.IsInfinity(bound) ? lowerBound : lowerBound + ((bound - lowerBound) * (rank - lowerCount) / (count - lowerCount));
            }

            (lowerBound, lowerCount) = (bound, count);
        }

        return lowerBound;
    }
}
