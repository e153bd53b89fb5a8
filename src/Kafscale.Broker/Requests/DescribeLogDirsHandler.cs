using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DescribeLogDirsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells the sizes of the partitions that this broker leads, so that the answers of all brokers add up (KIP-113).</summary>
internal sealed class DescribeLogDirsHandler(ClusterState cluster, ClusterOptions options)
    : RequestHandler<DescribeLogDirsRequest, DescribeLogDirsResponse>
{
    private const long Unknown = -1;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeLogDirsRequest request, CancellationToken cancellationToken)
    {
        var result = new DescribeLogDirsResult
        {
            LogDir = options.LogDirectory,
            Topics = request.Topics is null
                ? [.. cluster.Topics.OrderBy(topic => topic.Name, StringComparer.Ordinal).Select(topic => Describe(topic, topic.Partitions))]
                : [.. request.Topics.Select(Describe)],
            TotalBytes = Unknown,
            UsableBytes = Unknown,
        };
        result.Topics.RemoveAll(topic => topic.Partitions.Count == 0);
        return new(new DescribeLogDirsResponse { Results = [result] });
    }

    private static DescribeLogDirsTopic Describe(Topic topic, IEnumerable<PartitionLog> partitions) => new()
    {
        Name = topic.Name,
        Partitions =
        [
            .. partitions.Where(log => log.Appender is not null).Select(log => new DescribeLogDirsPartition
            {
                PartitionIndex = log.Id.Partition,
                PartitionSize = EstimateSize(log),
            }),
        ],
    };

    /// <summary>
    /// What is committed: the segments, and the batches that are in no segment yet. Too much by what the log start has passed and
    /// is not removed yet.
    /// </summary>
    private static long EstimateSize(PartitionLog log) => log.TailBytes + (log.Record.Record.Segments?.Bytes ?? 0);

    private DescribeLogDirsTopic Describe(DescribeLogDirsRequest.DescribableLogDirTopic wanted) => cluster.TryGetTopic(wanted.Topic, out var topic)
        ? Describe(topic, wanted.Partitions.Distinct().Where(partition => (uint)partition < (uint)topic.Partitions.Count).Select(partition => topic.Partitions[partition]))
        : new DescribeLogDirsTopic { Name = wanted.Topic };
}
