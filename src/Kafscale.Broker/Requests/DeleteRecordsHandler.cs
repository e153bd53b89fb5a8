using Kafscale.Broker.Cluster;
using Kafscale.Broker.Partitions;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DeleteRecordsRequest;
using static Kafscale.Protocol.Messages.DeleteRecordsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Moves the beginning of logs (KIP-107).</summary>
internal sealed class DeleteRecordsHandler(ClusterState cluster, ILogStartMover mover, TimeProvider timeProvider)
    : RequestHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private const long UpToHighWatermark = -1;
    private const long NoLowWatermark = -1;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DeleteRecordsRequest request, CancellationToken cancellationToken)
    {
        using var deadline = new Deadline(request.TimeoutMs, timeProvider, cancellationToken);
        var response = new DeleteRecordsResponse();
        foreach (var topic in request.Topics)
        {
            var result = new DeleteRecordsTopicResult { Name = topic.Name };
            foreach (var partition in topic.Partitions)
            {
                result.Partitions.Add(await DeleteAsync(topic.Name, partition, deadline));
            }

            response.Topics.Add(result);
        }

        return response;
    }

    protected override DeleteRecordsResponse CreateErrorResponse(DeleteRecordsRequest request, ErrorCode errorCode) => new()
    {
        Topics = request.Topics.ConvertAll(topic => new DeleteRecordsTopicResult
        {
            Name = topic.Name,
            Partitions = topic.Partitions.ConvertAll(partition => Failed(partition, errorCode)),
        }),
    };

    private static DeleteRecordsPartitionResult Failed(DeleteRecordsPartition partition, ErrorCode errorCode) =>
        new() { PartitionIndex = partition.PartitionIndex, LowWatermark = NoLowWatermark, ErrorCode = errorCode };

    private async Task<DeleteRecordsPartitionResult> DeleteAsync(string topicName, DeleteRecordsPartition partition, Deadline deadline)
    {
        if (!cluster.TryGetTopic(topicName, out var topic) || (uint)partition.PartitionIndex >= (uint)topic.Partitions.Count)
        {
            return Failed(partition, ErrorCode.UnknownTopicOrPartition);
        }

        var log = topic.Partitions[partition.PartitionIndex];
        if (log.Appender is not { IsLeading: true })
        {
            return Failed(partition, ErrorCode.NotLeaderOrFollower);
        }

        // A compacted topic keeps the newest record of every key: nothing of it can be cut off.
        if (!topic.Configuration.IsDeleted)
        {
            return Failed(partition, ErrorCode.PolicyViolation);
        }

        var highWatermark = log.HighWatermark;
        var offset = partition.Offset == UpToHighWatermark ? highWatermark : partition.Offset;
        if (offset < 0 || offset > highWatermark)
        {
            return Failed(partition, ErrorCode.OffsetOutOfRange);
        }

        var error = offset > log.LogStartOffset ? await MoveAsync(log, offset, deadline) : ErrorCode.None;
        return error == ErrorCode.None
            ? new DeleteRecordsPartitionResult { PartitionIndex = partition.PartitionIndex, LowWatermark = log.LogStartOffset }
            : Failed(partition, error);
    }

    private async Task<ErrorCode> MoveAsync(PartitionLog log, long offset, Deadline deadline)
    {
        try
        {
            return await mover.MoveAsync(log, offset, deadline.Token);
        }
        catch (SessionLostException)
        {
            return ErrorCode.NotLeaderOrFollower;
        }
        catch (MetadataUnavailableException)
        {
            return ErrorCode.RequestTimedOut;
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            return ErrorCode.RequestTimedOut;
        }
    }
}
