using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>The cluster as it was seen at one time. Nothing of it changes; the next look makes the next one.</summary>
public sealed record ClusterSnapshot
{
    /// <summary>Before the first look.</summary>
    public static ClusterSnapshot Empty { get; } = new();

    /// <summary>When it was seen; null before the first look.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Why the last look failed; null where it did not. What is here then, is from before.</summary>
    public string? Failure { get; init; }

    public string ClusterId { get; init; } = "";

    /// <summary>The brokers that Kafka's protocol and their own HTTP tell of, by id.</summary>
    public IReadOnlyList<BrokerSummary> Brokers { get; init; } = [];

    /// <summary>The brokers that were there a while ago, by id.</summary>
    public IReadOnlyList<GoneBroker> Gone { get; init; } = [];

    /// <summary>By name.</summary>
    public IReadOnlyList<TopicSummary> Topics { get; init; } = [];

    /// <summary>By id.</summary>
    public IReadOnlyList<GroupSummary> Groups { get; init; } = [];

    /// <summary>What of the cluster the brokers' metrics tell.</summary>
    public ClusterRates Rates { get; init; } = ClusterRates.Unknown;

    /// <summary>How long the look took.</summary>
    public TimeSpan Duration { get; init; }

    public TopicSummary? FindTopic(string name) => Find(Topics, topic => topic.Name, name);

    public GroupSummary? FindGroup(string id) => Find(Groups, group => group.Id, id);

    public BrokerSummary? FindBroker(int id) => Brokers.FirstOrDefault(broker => broker.Id == id);

    private static T? Find<T>(IReadOnlyList<T> ordered, Func<T, string> nameOf, string name)
        where T : class
    {
        var (low, high) = (0, ordered.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var comparison = string.CompareOrdinal(nameOf(ordered[middle]), name);
            if (comparison == 0)
            {
                return ordered[middle];
            }

            (low, high) = comparison < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return null;
    }
}
