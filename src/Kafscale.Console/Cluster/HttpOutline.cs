using Confluent.Kafka;
using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>
/// Finds what there is in a cluster by what its brokers tell over HTTP. Each knows all brokers and topics, and the groups that it coordinates.
/// </summary>
/// <remarks>
/// Where it can be had, this is the way to look again and again: it is the fastest, and the native library of Kafka's protocol (2.16.0) does not live
/// long by it where brokers come and go. It ends the process where an answer to a list of groups says that a coordinator is still loading, and it
/// can lock up while it parts with brokers.
/// </remarks>
internal sealed class HttpOutline(BrokerHttp http)
{
    /// <summary>Looks.</summary>
    /// <param name="brokers">What the brokers that answer have told of themselves.</param>
    /// <param name="before">What was known before.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null where no broker tells.</returns>
    public async Task<ClusterOutline?> FindAsync(IReadOnlyCollection<BrokerLook> brokers, ClusterSnapshot before, CancellationToken cancellationToken)
    {
        // What one without a session knows gets old.
        foreach (var broker in brokers.Where(broker => broker.Status!.Session?.IsAlive == true).OrderByDescending(broker => broker.Status!.MetadataRevision))
        {
            if (await http.GetTopicsAsync(broker.Address, cancellationToken) is { } topics)
            {
                var status = broker.Status!;
                return new ClusterOutline(
                    status.ClusterId,
                    status.ControllerId,
                    status.Brokers,
                    [.. topics.Select(topic => (topic.Name, PartitionsOf(topic), (TopicStorage?)topic))],
                    await FindGroupsAsync(brokers, status.Brokers.Count, before.Groups, cancellationToken));
            }
        }

        return null;
    }

    private static IReadOnlyList<PartitionSummary> PartitionsOf(TopicStorage topic) =>
    [
        .. topic.Leaders.Zip(topic.LogStartOffsets, topic.HighWatermarks)
            .Select((partition, number) => new PartitionSummary(number, partition.First < 0 ? null : partition.First, partition.Second, partition.Third)),
    ];

    private async Task<IReadOnlyList<GroupSummary>> FindGroupsAsync(
        IReadOnlyCollection<BrokerLook> brokers, int brokerCount, IReadOnlyList<GroupSummary> before, CancellationToken cancellationToken)
    {
        var pages = (await Task.WhenAll(brokers.Select(broker => http.GetGroupsAsync(broker.Address, cancellationToken)))).OfType<CoordinatedGroupPage>().ToList();

        // While a group moves from one broker to another, neither may tell of it.
        var isComplete = pages.Count >= brokerCount && pages.TrueForAll(page => page.IsComplete);
        return
        [
            .. pages.SelectMany(page => page.Groups).Select(Describe).Concat(isComplete ? [] : before)
                .DistinctBy(group => group.Id).OrderBy(group => group.Id, StringComparer.Ordinal),
        ];
    }

    private static GroupSummary Describe(CoordinatedGroup group) => new(
        group.Id,
        Enum.TryParse<ConsumerGroupState>(group.State, ignoreCase: true, out var state) ? state : ConsumerGroupState.Unknown,
        Enum.TryParse<ConsumerGroupType>(group.Type, ignoreCase: true, out var type) ? type : ConsumerGroupType.Unknown,
        group.LagByTopic);
}
