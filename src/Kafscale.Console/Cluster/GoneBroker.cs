namespace Kafscale.Console.Cluster;

/// <summary>A broker that was part of the cluster and is not any more.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Where clients reached it.</param>
/// <param name="Port">The port there.</param>
/// <param name="LastSeen">When it was part of it for the last time.</param>
public sealed record GoneBroker(int Id, string Host, int Port, DateTimeOffset LastSeen)
{
    // One that was taken away on purpose is not missed for ever.
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(30);

    /// <summary>Those that are gone now.</summary>
    /// <param name="before">What was seen before.</param>
    /// <param name="present">The ids of the brokers that there are now.</param>
    /// <param name="now">The time.</param>
    public static IReadOnlyList<GoneBroker> Find(ClusterSnapshot before, IReadOnlySet<int> present, DateTimeOffset now) =>
    [
        .. before.Brokers.Select(broker => new GoneBroker(broker.Id, broker.Host, broker.Port, before.At ?? now)).Concat(before.Gone)
            .Where(broker => !present.Contains(broker.Id) && now - broker.LastSeen < Remembered).OrderBy(broker => broker.Id),
    ];
}
