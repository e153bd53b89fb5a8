namespace Kafscale.Console.Cluster;

/// <summary>Something about the cluster that somebody should look at.</summary>
/// <param name="Severity"><c>bad</c> or <c>warn</c>.</param>
/// <param name="Title">What it is.</param>
/// <param name="Detail">More of it.</param>
/// <param name="Link">Where to look; null where there is no page for it.</param>
public sealed record Attention(string Severity, string Title, string Detail, string? Link)
{
    /// <summary>Everything, the worst first.</summary>
    public static IReadOnlyList<Attention> Of(ClusterSnapshot snapshot)
    {
        var found = new List<Attention>();
        var leaderless = snapshot.Topics.Where(topic => topic.Leaderless > 0).ToList();
        if (leaderless.Count > 0)
        {
            found.Add(new Attention(
                "bad",
                $"{leaderless.Sum(topic => topic.Leaderless)} partitions have no leader.",
                $"Nothing can be written to them: {Names(leaderless.Select(topic => topic.Name))}.",
                leaderless.Count == 1 ? Links.Topic(leaderless[0].Name) : "/topics"));
        }

        foreach (var broker in snapshot.Gone)
        {
            found.Add(new Attention(
                "bad", $"Broker {broker.Id} is gone.", $"It was at {broker.Host}:{broker.Port}, and part of the cluster at {Units.Time(broker.LastSeen)} UTC for the last time.", "/brokers"));
        }

        foreach (var broker in snapshot.Brokers)
        {
            if (broker.Status is not { } status)
            {
                continue;
            }

            if (status.ObjectStore.State != "healthy")
            {
                found.Add(new Attention(
                    status.ObjectStore.State == "degraded" ? "warn" : "bad", $"Broker {broker.Id}: the object store is {status.ObjectStore.State}.", status.ObjectStore.Reason, null));
            }

            if (status.NotReadyReasons.Count > 0)
            {
                found.Add(new Attention("bad", $"Broker {broker.Id} is not ready.", string.Join(' ', status.NotReadyReasons), null));
            }

            if (status.IsDraining)
            {
                found.Add(new Attention("warn", $"Broker {broker.Id} is drained.", "It leads nothing until the drain is ended.", null));
            }
        }

        var silent = snapshot.Brokers.Where(broker => broker.Status is null).ToList();
        if (silent.Count > 0)
        {
            found.Add(new Attention(
                "warn",
                silent.Count == snapshot.Brokers.Count ? "No broker answers over HTTP." : $"Brokers {Names(silent.Select(broker => $"{broker.Id}"))} do not answer over HTTP.",
                "Throughput, latency, cost and health of them are not known. Check --broker-http of the console and metrics.addr of the brokers.",
                null));
        }

        return [.. found.OrderBy(item => item.Severity == "bad" ? 0 : 1)];
    }

    private static string Names(IEnumerable<string> names)
    {
        var list = names.ToList();
        return list.Count <= 3 ? string.Join(", ", list) : $"{string.Join(", ", list.Take(3))} and {list.Count - 3} more";
    }
}
