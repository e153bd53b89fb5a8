using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>What topics take in the object store. Every broker knows it, so one is asked, and not at every look.</summary>
internal sealed class TopicSizes(BrokerHttp http, TimeProvider timeProvider)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, TopicStorage> _none = [];
    private Dictionary<string, TopicStorage>? _topics;
    private long _askedAt;

    /// <summary>By topic; empty where no broker tells.</summary>
    /// <param name="brokers">Whom to ask, one after the other until one answers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<IReadOnlyDictionary<string, TopicStorage>> GetAsync(IEnumerable<Uri> brokers, CancellationToken cancellationToken)
    {
        if (_topics is not null && timeProvider.GetElapsedTime(_askedAt) < Interval)
        {
            return _topics;
        }

        foreach (var broker in brokers)
        {
            if (await http.GetTopicsAsync(broker, cancellationToken) is { } topics)
            {
                _askedAt = timeProvider.GetTimestamp();
                return _topics = topics.DistinctBy(topic => topic.Name).ToDictionary(topic => topic.Name);
            }
        }

        // What nobody confirms any more is not shown as if it were so.
        _topics = null;
        return _none;
    }
}
