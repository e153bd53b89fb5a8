using Kafscale.Broker.Cluster;
using Kafscale.Broker.Fetching;
using Kafscale.Broker.Partitions;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;
using Microsoft.Extensions.Logging;
using static Kafscale.Protocol.Messages.ListOffsetsRequest;
using static Kafscale.Protocol.Messages.ListOffsetsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Tells where a partition begins and ends, and which record comes first at or after a time.</summary>
internal sealed partial class ListOffsetsHandler(
    int brokerId, ClusterState cluster, OffsetLookup lookup, NewsOfCommits news, ILogger<ListOffsetsHandler> logger)
    : RequestHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1;
    private const long Earliest = -2;
    private const long MaxTimestamp = -3;
    private const long EarliestLocal = -4;
    private const long LatestTiered = -5;
    private const long EarliestPendingUpload = -6;
    private const long NoTimestamp = -1;
    private const int FirstVersionWithTimestamps = 1;
    private const int FirstVersionWithLeaderEpoch = 4;
    private const int FirstVersionWithOffsetNotAvailable = 5;

    protected override async ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, ListOffsetsRequest request, CancellationToken cancellationToken)
    {
        var response = new ListOffsetsResponse();
        bool? knowsTheEnd = null;
        foreach (var topic in request.Topics)
        {
            var topicResponse = new ListOffsetsTopicResponse { Name = topic.Name };
            response.Topics.Add(topicResponse);
            foreach (var partition in topic.Partitions)
            {
                var answer = new ListOffsetsPartitionResponse { PartitionIndex = partition.PartitionIndex };
                topicResponse.Partitions.Add(answer);
                var isThere = cluster.TryGetPartition(topic.Name, partition.PartitionIndex, out var log);
                if (isThere && log!.Appender is not { IsLeading: true } && DependsOnTheEnd(partition.Timestamp))
                {
                    // Whoever asks stops reading where it is told that the partition ends, so it must be told of all that was acknowledged.
                    knowsTheEnd ??= await news.TryCatchUpAsync(cancellationToken);
                    answer.ErrorCode = knowsTheEnd.Value ? ErrorCode.None : EndIsUnknown(context.ApiVersion);
                }

                if (answer.ErrorCode == ErrorCode.None)
                {
                    answer.ErrorCode = isThere ? LeaderEpochs.CheckForReading(log!, partition.CurrentLeaderEpoch, brokerId) : ErrorCode.UnknownTopicOrPartition;
                }

                if (answer.ErrorCode == ErrorCode.None)
                {
                    await TryAnswerAsync(log!, partition, answer, context, cancellationToken);
                    answer.ErrorCode = OlderErrorCodes.OfListOffsets(answer.ErrorCode, context.ApiVersion);
                }
            }
        }

        return response;
    }

    private static bool DependsOnTheEnd(long timestamp) => timestamp is Latest or MaxTimestamp or >= 0;

    private static ErrorCode EndIsUnknown(short apiVersion) =>
        apiVersion >= FirstVersionWithOffsetNotAvailable ? ErrorCode.OffsetNotAvailable : ErrorCode.LeaderNotAvailable;

    private async ValueTask TryAnswerAsync(
        PartitionLog log, ListOffsetsPartition request, ListOffsetsPartitionResponse answer, RequestContext context, CancellationToken cancellationToken)
    {
        try
        {
            await AnswerAsync(log, request, answer, context.ApiVersion, cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, log.Id, context.Connection.Id);
            answer.ErrorCode = ObjectStoreErrors.OfRead;
        }
    }

    private async ValueTask AnswerAsync(
        PartitionLog log, ListOffsetsPartition request, ListOffsetsPartitionResponse answer, short apiVersion, CancellationToken cancellationToken)
    {
        var found = request.Timestamp switch
        {
            // No transaction is ever open, so the last stable offset is the high watermark.
            Latest => new OffsetAndTimestamp(log.HighWatermark, NoTimestamp),

            // What is committed is in the object store: nothing is local alone, and nothing waits to be uploaded.
            Earliest or EarliestLocal => new OffsetAndTimestamp(log.LogStartOffset, NoTimestamp),
            LatestTiered or EarliestPendingUpload => null,
            MaxTimestamp => await lookup.FindMaxTimestampAsync(log, cancellationToken),
            >= 0 => await lookup.FindByTimestampAsync(log, request.Timestamp, cancellationToken),
            _ => null,
        };
        if (request.Timestamp < EarliestPendingUpload)
        {
            answer.ErrorCode = ErrorCode.UnsupportedVersion;
        }
        else if (apiVersion < FirstVersionWithTimestamps)
        {
            answer.OldStyleOffsets = ListOffsets(log, request, found);
        }
        else if (found is { } record)
        {
            answer.Offset = record.Offset;
            answer.Timestamp = record.Timestamp;
            answer.LeaderEpoch = apiVersion >= FirstVersionWithLeaderEpoch ? log.LeaderEpoch : -1;
        }
    }

    // Version 0 asked for where segments begin, newest first, of those that were written before a time, the end of the log among them. There
    // are no files here whose times could tell, so it gets what later versions get, and the beginning of the log.
    private static List<long> ListOffsets(PartitionLog log, ListOffsetsPartition request, OffsetAndTimestamp? found)
    {
        var newest = found?.Offset ?? log.HighWatermark;
        IEnumerable<long> offsets = [newest, Math.Min(log.LogStartOffset, newest)];
        return [.. offsets.Distinct().Take(request.MaxNumOffsets)];
    }

    [LoggerMessage(1352, LogLevel.Error, "Finding an offset of {Partition} for connection {Connection} failed.")]
    private partial void LogFailed(Exception exception, TopicPartition partition, string connection);
}
