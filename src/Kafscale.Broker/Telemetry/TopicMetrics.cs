using System.Diagnostics.Metrics;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Storage.Telemetry;

namespace Kafscale.Broker.Telemetry;

/// <summary>Bytes in and out by topic, and, where it is asked for, of each partition.</summary>
internal sealed class TopicMetrics
{
    private const string Bounded = " metrics.topics.max topics have series of their own, those that came first; the others are summed under _other.";
    private const string OptIn = " Only where metrics.partitions.max is set.";

    public static MetricSection Section { get; } = new("Topics and partitions");

    private static readonly MetricDefinition BytesIn = Section.Counter(
        "kafscale_topic_produced_bytes_total", "By", "Record bytes that this broker has accepted." + Bounded, "topic");

    private static readonly MetricDefinition BytesOut = Section.Counter(
        "kafscale_topic_fetched_bytes_total", "By", "Record bytes that this broker has sent to consumers.", "topic");

    private static readonly MetricDefinition PartitionBytesIn = Section.Counter(
        "kafscale_partition_produced_bytes_total", "By", "Record bytes that this broker has accepted." + OptIn, "topic", "partition");

    private static readonly MetricDefinition PartitionBytesOut = Section.Counter(
        "kafscale_partition_fetched_bytes_total", "By", "Record bytes that this broker has sent to consumers." + OptIn, "topic", "partition");

    private static readonly MetricDefinition LogStart = Section.Gauge(
        "kafscale_partition_log_start_offset", null, "The first offset that can be read." + OptIn, "topic", "partition");

    private static readonly MetricDefinition HighWatermark = Section.Gauge(
        "kafscale_partition_high_watermark", null, "The offset after the last committed record." + OptIn, "topic", "partition");

    private static readonly MetricDefinition IsLed = Section.Gauge(
        "kafscale_partition_led", null, "1 where this broker leads the partition, else 0." + OptIn, "topic", "partition");

    private readonly ClusterState _cluster;
    private readonly BoundedNames _names;
    private readonly Dictionary<Guid, (long In, long Out)> _others = [];
    private (long In, long Out) _gone;

    public TopicMetrics(Meter meter, ClusterState cluster, TelemetryOptions options)
    {
        _cluster = cluster;
        _names = new BoundedNames(options.MaxTopics);
        BytesIn.Observe(meter, () => Traffic(static traffic => traffic.In));
        BytesOut.Observe(meter, () => Traffic(static traffic => traffic.Out));
        if (options.MaxPartitions > 0)
        {
            PartitionBytesIn.Observe(meter, () => OfPartitions(options.MaxPartitions, static log => log.ProducedBytes));
            PartitionBytesOut.Observe(meter, () => OfPartitions(options.MaxPartitions, static log => log.Traffic.Fetched));
            LogStart.Observe(meter, () => OfPartitions(options.MaxPartitions, static log => log.LogStartOffset));
            HighWatermark.Observe(meter, () => OfPartitions(options.MaxPartitions, static log => log.HighWatermark));
            IsLed.Observe(meter, () => OfPartitions(options.MaxPartitions, static log => log.Appender is null ? 0 : 1));
        }
    }

    private static (long In, long Out) TrafficOf(Topic topic) =>
        (topic.Partitions.Sum(log => log.ProducedBytes), topic.Partitions.Sum(log => log.Traffic.Fetched));

    // The same partitions at every scrape while none comes or goes.
    private IEnumerable<Measurement<long>> OfPartitions(int max, Func<PartitionLog, long> read) => _cluster.Topics
        .OrderBy(topic => topic.Name, StringComparer.Ordinal)
        .SelectMany(topic => topic.Partitions)
        .Take(max)
        .Select(log => new Measurement<long>(
            read(log), new KeyValuePair<string, object?>("topic", log.Id.Topic), new KeyValuePair<string, object?>("partition", log.Id.Partition)));

    private List<Measurement<long>> Traffic(Func<(long In, long Out), long> choose)
    {
        lock (_others)
        {
            var topics = _cluster.Topics;
            _names.Keep(topics.Select(topic => topic.Name).ToHashSet(StringComparer.Ordinal));
            ForgetGone(topics.Select(topic => topic.Id).ToHashSet());
            var measured = new List<Measurement<long>>();
            foreach (var topic in topics.OrderBy(topic => topic.Name, StringComparer.Ordinal))
            {
                // One that was once among the others stays there, or their sum would fall.
                if (!_others.ContainsKey(topic.Id) && _names.IsOwn(topic.Name))
                {
                    measured.Add(new Measurement<long>(choose(TrafficOf(topic)), new KeyValuePair<string, object?>("topic", topic.Name)));
                }
                else
                {
                    _others[topic.Id] = TrafficOf(topic);
                }
            }

            if (_others.Count > 0 || _gone != default)
            {
                var sum = choose(_gone) + _others.Values.Sum(choose);
                measured.Add(new Measurement<long>(sum, new KeyValuePair<string, object?>("topic", BoundedNames.Other)));
            }

            return measured;
        }
    }

    // The others' sum keeps what they have counted, because a counter must not fall.
    private void ForgetGone(HashSet<Guid> present)
    {
        foreach (var (id, traffic) in _others.Where(other => !present.Contains(other.Key)).ToList())
        {
            _gone = (_gone.In + traffic.In, _gone.Out + traffic.Out);
            _others.Remove(id);
        }
    }
}
